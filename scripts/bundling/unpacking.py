"""What a wheel installs, without installing it: path below ``site-packages`` -> content."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from scripts.bundling.contents import Contents
from scripts.bundling.errors import BundleError

_SITE = ("purelib", "platlib")
"""Of what a wheel puts elsewhere (``name.data/<where>/``) this is ``site-packages`` too; the rest is programs and
manuals."""


def unpacked(wheel: Path) -> Contents:
    """The files of ``wheel``.

    Raises:
        BundleError: it is no wheel, or wants to write beside the place where it is unpacked.
    """
    found: dict[str, bytes | Path] = {}
    try:
        with ZipFile(wheel) as archive:
            for name in archive.namelist():
                path = _installed(name)
                if path is not None:
                    found[path] = archive.read(name)
    except BadZipFile as error:
        raise BundleError(f"{wheel} is no wheel ({error}): remove it and run the same again") from error
    return found


def _installed(name: str) -> str | None:
    """Where a file of a wheel goes; None for a folder, and for what is not for ``site-packages``."""
    parts = name.split("/")
    if ".." in parts or name.startswith("/"):
        raise BundleError(f"a wheel holds {name}, which lies outside of it: do not use it")
    if name.endswith("/"):
        return None
    if not parts[0].endswith(".data"):
        return name
    return "/".join(parts[2:]) if parts[1] in _SITE else None
