"""Pipes that pictures go through."""

from __future__ import annotations

import sys
from contextlib import suppress

_BYTES = 1 << 20
"""One 640x360 picture, so that who writes is back at the camera at once."""


def enlarge(pipe: int) -> None:
    """Makes room in a pipe, where the system has such a thing and grants it; less room only takes more time."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - only there

        with suppress(PermissionError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _BYTES)
