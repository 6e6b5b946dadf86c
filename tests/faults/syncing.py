"""A device that follows a collection, as a program of its own: for machines that refuse it something."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from argus.device.sync.collection_sync import CollectionSync
from argus.storage.folder import FolderStore
from tests.device.sync.followed import following

PAGE = 4096
"""A small disk gives room in pages of so many bytes."""


def sync_once(remote: Path, local: Path) -> None:
    """Prints what is in use after one look at the source, and what went wrong."""
    sync = following(FolderStore(remote), local)
    sync.open()
    sync.poll()
    print(json.dumps(said(sync)))


def sync_with_ever_more_room(remote: Path, local: Path) -> None:
    """The same on a disk that is full but for 0, 1, 2, ... pages, a line each, until the sync is done."""
    sync = following(FolderStore(remote), local)
    assert sync.open()
    sequence = sync.status.sequence
    for pages in range(64):
        fill_but_for(local, pages * PAGE)
        before = room(local)
        sync.poll()
        restarted = following(FolderStore(local / "nowhere"), local)
        restarted.open()
        print(json.dumps({**said(sync), "on_disk": said(restarted), "used": before - room(local)}))
        if sync.status.sequence != sequence:
            return


def said(sync: CollectionSync) -> dict[str, object]:
    return {"sequence": sync.status.sequence, "people": sync.status.people, "error": sync.status.last_error}


def room(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def fill_but_for(folder: Path, left: int) -> None:
    """Puts a file there that takes all other room."""
    filler = folder / ".filler"
    filler.unlink(missing_ok=True)
    filler.write_bytes(bytes(room(folder) - left))


if __name__ == "__main__":
    {"once": sync_once, "with-ever-more-room": sync_with_ever_more_room}[sys.argv[1]](*map(Path, sys.argv[2:]))
