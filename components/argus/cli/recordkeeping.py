"""Keeping the records of a watch, as the command line says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from argus.cli.output import print_error, print_note
from argus.device.adapters.clock import SystemClock
from argus.device.records.folder import erase_records
from argus.device.records.keeper import RecordKeeper
from argus.device.records.store import RecordStore
from argus.device.state import StateError, state_directory, state_path
from argus.device.watching import Watcher


@contextmanager
def recording(watcher: Watcher, arguments: argparse.Namespace, collection: str) -> Iterator[None]:
    """Keeps what ``watcher`` does for ``--keep-records`` days; 0 erases what was kept.

    Records that cannot be kept are said to be so, and the watch goes on.
    """
    days: float = arguments.keep_records
    if days == 0:
        if erase_records(state_path(arguments.state)):
            print_note("argus: the records of all visits were erased, and none are kept")
        yield
        return
    store = _opened(arguments.state)
    if store is None:
        yield
        return
    with store:
        keeper = RecordKeeper(
            store,
            SystemClock(),
            camera=watcher.channel.camera_id,
            collection=collection,
            keep=timedelta(days=days),
            max_bytes=arguments.max_records_mb * 1_000_000,
        )
        watcher.channel.observers.append(keeper)
        yield
        print_note(f"argus: records are kept for {days:g} days in {store.path}, for `argus explain`")


def _opened(state: Path | None) -> RecordStore | None:
    try:
        return RecordStore(state_directory(state))
    except StateError as error:
        print_error(f"records are not kept: {error}, or erase it with --keep-records 0")
        return None
