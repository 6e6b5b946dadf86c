"""Erasing somebody from what waits for the cloud on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from argus.device.outbox.file import OUTBOX_FILE
from argus.device.outbox.store import Erased, Outbox
from argus.device.settings.model import Settings


def erase_person_waiting(folder: Path, person_id: str, collection_ids: Iterable[str]) -> Erased:
    """Erases somebody from the outbox of a state folder, if there is one; how much was waiting.

    Raises:
        StateError: the file cannot be opened or written.
    """
    if not (folder / OUTBOX_FILE).exists():
        return Erased(0, 0)
    with Outbox(folder, Settings) as outbox:
        each = [outbox.erase_person(person_id, collection_id) for collection_id in collection_ids]
    return Erased(sum(one.events for one in each), sum(one.snapshots for one in each))
