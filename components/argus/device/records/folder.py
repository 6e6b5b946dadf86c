"""The records of a state folder, for those who come by: whether there are any, expired or damaged, is seen to here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from argus.core.errors import UsageError
from argus.device.database import erase_file
from argus.device.records.store import RECORDS_FILE, RecordStore
from argus.device.state import StateDamaged, state_path


@contextmanager
def open_records(state: Path | None, now: datetime) -> Iterator[RecordStore]:
    """The records in the state folder (see :func:`argus.device.state.state_path`) that have not expired.

    Raises:
        UsageError: nothing was ever kept there.
        StateError: the file cannot be opened, or is damaged.
    """
    folder = state_path(state)
    if not (folder / RECORDS_FILE).exists():
        raise UsageError(
            f"no visit is kept in {folder}: `argus watch` keeps them, unless it is told not to; "
            "--state names another folder"
        )
    with RecordStore(folder) as store:
        store.erase_expired(now)
        yield store


def erase_person_records(folder: Path, person_id: str, is_theirs: Callable[[str], bool]) -> int:
    """Erases somebody from the records in a state folder, if there are any; how many visits that were.

    Args:
        is_theirs: of the place of a collection, as records name it, whether the person is of that collection.

    Raises:
        StateError: the file cannot be opened or written.
    """
    if not (folder / RECORDS_FILE).exists():
        return 0
    with RecordStore(folder) as store:
        return sum(store.erase_person(person_id, place) for place in store.collections() if is_theirs(place))


def erase_records(folder: Path) -> bool:
    """Erases all records in a state folder, those of a damaged file too; whether there were any.

    Raises:
        StateError: the file cannot be written.
    """
    path = folder / RECORDS_FILE
    if not path.exists():
        return False
    try:
        with RecordStore(folder) as store:
            return store.erase_all() > 0
    except StateDamaged:
        erase_file(path)
        return True
