"""A folder as a blob store: what a device keeps and what a laptop enrols into."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from argus.core.errors import CollectionConflict, CollectionDamaged, CollectionError
from argus.core.ports import BlobEntry, Unchanged
from argus.storage.failpoints import failpoint
from argus.storage.keys import MAX_BLOB_BYTES, check_key, is_key

_LOCK = ".lock"
UNFINISHED = ".new-"
"""How the names of files begin that are being written."""


class FolderStore:
    """Blobs as files below ``root``; the folder is made by the first write.

    A file is written beside its place, flushed to the disk and renamed, so that a reader sees the old bytes or the
    new ones and a power cut loses at most what was being written. :meth:`replace` holds a lock over reading and
    renaming, which orders the processes of one machine. Names that start with a dot are not keys.
    """

    requests_at_once = 1

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, key: str) -> tuple[bytes, str] | None:
        """See :class:`argus.core.ports.BlobStore`; the tag is the sha256 of the bytes."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size > MAX_BLOB_BYTES:
                    raise CollectionDamaged(
                        f"{path} has {size:,} bytes, more than anything of a collection: restore it from a copy"
                    )
                data = file.read(MAX_BLOB_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise CollectionError(f"cannot read {path}: {error.strerror}; check the disk and its rights") from error
        return data, _tag(data)

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        """See :class:`argus.core.ports.BlobStore`."""
        found = self.get(key)
        return Unchanged() if found is not None and found[1] == tag else found

    def put(self, key: str, data: bytes) -> None:
        """See :class:`argus.core.ports.BlobStore`."""
        path = self._path(key)
        with self._writing():
            write_whole(path, data)

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        """See :class:`argus.core.ports.BlobStore`."""
        path = self._path(key)
        with self._writing(), self._lock():
            present = self.get(key)
            if (present[1] if present else None) != expected_tag:
                raise CollectionConflict(f"{path} was changed by another program: read it again and retry")
            write_whole(path, data)
        return _tag(data)

    def delete(self, key: str) -> None:
        """See :class:`argus.core.ports.BlobStore`."""
        path = self._path(key)
        with self._writing():
            path.unlink(missing_ok=True)

    def keys(self, prefix: str) -> Sequence[str]:
        """See :class:`argus.core.ports.BlobStore`."""
        return [entry.key for entry in self.entries(prefix)]

    def entries(self, prefix: str) -> Sequence[BlobEntry]:
        """See :class:`argus.core.ports.BlobStore`; a file that goes meanwhile is left out."""
        found = []
        for folder, subfolders, files in os.walk(self.root):
            subfolders[:] = [name for name in subfolders if not name.startswith(".")]
            for name in files:
                path = Path(folder, name)
                key = path.relative_to(self.root).as_posix()
                if not is_key(key) or not key.startswith(prefix):
                    continue
                with suppress(FileNotFoundError):
                    status = path.stat()
                    modified_at = datetime.fromtimestamp(status.st_mtime, timezone.utc)
                    found.append(BlobEntry(key, status.st_size, modified_at))
        return sorted(found, key=lambda entry: entry.key)

    def remove_unfinished(self) -> None:
        """Removes what writers left that died. Only for a folder to which nobody else writes at that moment."""
        with self._writing():
            for path in self.root.rglob(f"{UNFINISHED}*"):
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.root.joinpath(*check_key(key).split("/"))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise CollectionError(
                f"cannot write to {self.root}: {error.strerror}; make room or choose a folder that can be written"
            ) from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        # The lock goes with the open file, so that a process that dies lets it go.
        with (self.root / _LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Puts a file in its place, whole or not at all, and durably; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            failpoint("write.unsynced")
            os.fsync(file.fileno())
        failpoint("write.unnamed")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    failpoint("write.named")
    # The name is durable only once the folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
