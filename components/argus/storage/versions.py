"""What a place still has of an object after it was replaced or deleted: everything that has to go when it is erased.

Elsewhere a store has one object at a key. A bucket with versioning keeps the earlier ones, and a folder the files that
writers left unfinished; whoever erases has to see them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from argus.core.errors import CollectionError


@dataclass(frozen=True)
class BlobVersion:
    """One version of one object.

    Attributes:
        key: below the place; it may be one that :func:`argus.storage.keys.is_key` refuses.
        version_id: S3's name for it; empty in a folder.
        is_marker: it says that the object was deleted, and holds nothing.
    """

    key: str
    version_id: str = ""
    is_marker: bool = False


class NotRemovable(CollectionError):
    """A version stays, because it is locked or the right is lacking."""


class VersionedStore(Protocol):
    """A place with all versions of all that is in it."""

    @property
    def place(self) -> str:
        """What it is called, for people."""
        ...

    def folders(self) -> Sequence[str]:
        """The first parts of all keys that have more than one, each once.

        Raises:
            CollectionError: the place is not there, or cannot be looked into.
        """
        ...

    def versions(self, prefix: str) -> Sequence[BlobVersion]:
        """Every version of every object whose key starts with ``prefix``, which ends with a slash."""
        ...

    def read(self, version: BlobVersion) -> bytes | None:
        """Its bytes; None when it has gone meanwhile."""
        ...

    def remove(self, version: BlobVersion) -> None:
        """Removes it for good; no error when it has gone.

        Raises:
            NotRemovable: the place does not allow it.
        """
        ...

    def locked_until(self, version: BlobVersion) -> datetime | None:
        """Until when the place refuses to remove it, aware UTC; None when that is not known."""
        ...

    def prune(self, prefix: str) -> None:
        """Removes empty folders below ``prefix`` and that itself, where there are such things."""
        ...

    def settings(self) -> dict[str, str]:
        """What may keep copies of what was removed: setting -> what it says, for people."""
        ...


class FolderVersions:
    """A folder: all its files, unfinished and hidden ones too. Links are removed, never followed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def place(self) -> str:
        return str(self._root)

    def folders(self) -> Sequence[str]:
        """See :class:`VersionedStore`."""
        try:
            return sorted(entry.name for entry in os.scandir(self._root) if entry.is_dir())
        except OSError as error:
            raise CollectionError(f"{self._root} cannot be looked into ({error.strerror}): check the path") from error

    def versions(self, prefix: str) -> Sequence[BlobVersion]:
        """See :class:`VersionedStore`."""
        return sorted(self._files(self._root / prefix), key=lambda version: version.key)

    def read(self, version: BlobVersion) -> bytes | None:
        """See :class:`VersionedStore`."""
        path = self._root / version.key
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CollectionError(f"cannot read {path}: {error.strerror}; check the disk and its rights") from error

    def remove(self, version: BlobVersion) -> None:
        """See :class:`VersionedStore`; it is durable at once."""
        path = self._root / version.key
        try:
            path.unlink(missing_ok=True)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileNotFoundError:
            return  # the whole folder has gone
        except OSError as error:
            raise NotRemovable(f"{path} cannot be deleted ({error.strerror}): check its rights") from error

    def locked_until(self, version: BlobVersion) -> datetime | None:
        """See :class:`VersionedStore`; nothing says so."""
        return None

    def prune(self, prefix: str) -> None:
        """See :class:`VersionedStore`."""
        for folder, _, _ in os.walk(self._root / prefix, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()

    def settings(self) -> dict[str, str]:
        """See :class:`VersionedStore`; a folder has none."""
        return {}

    def _files(self, folder: Path) -> Iterator[BlobVersion]:
        if folder.is_symlink():
            yield BlobVersion(folder.relative_to(self._root).as_posix())
            return
        for parent, subfolders, files in os.walk(folder):
            links = [name for name in subfolders if Path(parent, name).is_symlink()]
            for name in (*links, *files):
                yield BlobVersion(Path(parent, name).relative_to(self._root).as_posix())
