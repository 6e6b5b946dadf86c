"""Whom a watch recognises: a collection as it is, or a copy that follows another place while the watch goes on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from argus.cli.opening import open_at
from argus.cli.output import print_error, print_note
from argus.core.calibration import Calibration
from argus.core.errors import CollectionError
from argus.core.trust import TrustPolicy
from argus.device.adapters.clock import SystemClock
from argus.device.people import PeopleHolder
from argus.device.sync.compose import follow
from argus.device.sync.gallery import recognised
from argus.device.sync.status import SyncStatus


@dataclass(frozen=True)
class Following:
    """Where a copy comes from, how often it is looked there, and as which device what is in use is confirmed there."""

    place: str
    interval_seconds: float
    thing: str


@contextmanager
def opened_people(
    place: str, calibration: Calibration, trust: TrustPolicy | None, following: Following | None
) -> Iterator[PeopleHolder]:
    """The people of the collection at ``place``, which follows another place while the context lasts, if it does.

    Raises:
        CollectionError: there is none, it is damaged, or it does not satisfy ``trust``.
    """
    if following is None:
        yield PeopleHolder(recognised([open_at(place, trust=trust).load()], calibration))
        return
    now = SystemClock().now
    believed = trust or TrustPolicy((), now)
    sync = follow(
        {Path(place): following.place},
        calibration,
        trust=believed,
        now=now,
        interval_seconds=following.interval_seconds,
        tell=_tell,
        on_bug=_end_the_watch,
        thing=following.thing,
    )
    with sync:
        (status,) = sync.statuses
        if status.version is None:
            raise CollectionError(status.last_error or f"there is nothing at {following.place}: enrol somebody there")
        yield sync.holder


def _end_the_watch() -> None:
    """As Ctrl-C does: open visits are ended and told of, and then the bug is raised, with its traceback."""
    print_error("following the collection ended by a bug, so the watch ends: start it again, and report what follows")
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _tell(status: SyncStatus) -> None:
    """On stderr, when a copy changed or its place could not be followed."""
    if status.version is None:
        return
    print_note(f"argus: {status.collection_id}: {status.in_use()}")
