"""One program a state folder: two would give their events the same numbers."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argus.device.state import StateError

_FILE = "device.lock"

PATIENCE_SECONDS = 15.0
"""A program that was ended a moment ago may still be ending."""

_AGAIN_SECONDS = 0.2


@contextmanager
def alone(folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """No other program uses the state folder while the context lasts; a kill ends it, too.

    Raises:
        StateError: another one does, and goes on, or the file cannot be made.
    """
    path = folder / _FILE
    try:
        file = path.open("ab")
    except OSError as error:
        raise StateError(f"{path} cannot be opened ({error.strerror}): check its rights") from error
    with file:
        until = time.monotonic() + patience_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > until:
                    raise StateError(
                        f"another program uses {folder}: end it, or name another folder with --state"
                    ) from error
            time.sleep(_AGAIN_SECONDS)
        yield
