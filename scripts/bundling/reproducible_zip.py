"""A zip whose bytes follow from its contents alone.

Sorted, with fixed times and modes, and stored: what zlib makes of the same bytes differs between its versions, and a
bundle's weight is in models and wheels, of which compression takes an eighth and nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from scripts.bundling.contents import Contents

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def write_zip(path: Path, contents: Contents) -> None:
    """Writes ``contents`` to ``path``, which appears whole or not at all; its folder is there."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with ZipFile(unfinished, "w", ZIP_STORED) as archive:
            for name, content in sorted(contents.items()):
                data = content if isinstance(content, bytes) else content.read_bytes()
                archive.writestr(_information(name), data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _information(name: str) -> ZipInfo:
    information = ZipInfo(name, _EARLIEST)
    information.create_system = _UNIX
    mode = 0o755 if name.endswith(".sh") else 0o644
    information.external_attr = (stat.S_IFREG | mode) << 16
    return information
