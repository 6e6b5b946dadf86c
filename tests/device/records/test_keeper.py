from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.evidence import Look
from argus.core.matching import Gallery
from argus.core.tracking import Track
from argus.core.types import Box, Face, Frame, Landmarks, Moment, Quality, Template
from argus.core.visits import Sight, Visit, VisitState
from argus.device.pipeline import Crop, PendingLook, SettledLook
from argus.device.records.keeper import PRUNE_EVERY_SECONDS, RecordKeeper
from argus.device.records.store import RECORDS_FILE, RecordStore
from argus.vision.faces import ReadFace
from tests.core.measures import at, entry, flat_calibration
from tests.device.records.kept import NOON, RATE, event

MARIA = entry("maria", at(0, 0.5))
POINTS = Landmarks(((1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (3.0, 1.0), (2.5, 2.0)))


@dataclass
class HandClock:
    """Implements :class:`argus.core.ports.Clock`; goes when it is told to."""

    days: float = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(days=self.days)

    def monotonic_seconds(self) -> float:
        return self.days * 86400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    with RecordStore(tmp_path) as opened:
        yield opened


def keeper_of(store: RecordStore, clock: HandClock, max_bytes: int = 10**9) -> RecordKeeper:
    return RecordKeeper(
        store, clock, camera="hall", collection=Path("home"), keep=timedelta(days=7), max_bytes=max_bytes
    )


def settled(visit_id: str, *, compared: bool = True) -> SettledLook:
    """Two pictures of Maria, who is enrolled."""
    now = Moment(90, 3.0, NOON - timedelta(seconds=1))
    face = Face(Box(1, 2, 101, 102), 1.2, POINTS, Quality(100, 0.6, 0.5, 0.2, 0.8, 0.7))
    chip = np.full((150, 150, 3), 99, np.uint8)
    crops = tuple(Crop(ReadFace(face, chip, None), Moment(frame, frame / 30, NOON), (640, 480)) for frame in (70, 80))
    vectors = np.stack([at(2, 0.1).vector, at(2, 0.2).vector])
    gallery, template = Gallery([MARIA], flat_calibration()), Template.mean(vectors)
    decision = gallery.decide(template, RATE)
    sight = Sight(now, face.box, (640, 480), 0.7)
    visit = Visit(visit_id, VisitState.NAMED, decision, sight, template, now, now, now, 1)
    pending = PendingLook(Track(1, face.box, now, now), Look(crops, len(crops), None), now)
    return SettledLook(pending, vectors, template, gallery, RATE, decision if compared else None, visit, ())


def frame() -> Frame:
    return Frame("hall", 0, NOON, 0.0, np.zeros((4, 4, 3), np.uint8))


def test_a_look_is_kept_with_its_grounds(store: RecordStore) -> None:
    keeper = keeper_of(store, HandClock())
    look = settled("aaaaaaaa")
    keeper.looked(look)
    keeper.told(event("match", "bbbbbbbb", "aaaaaaaa", MARIA.person))
    record = store.find("bbbbbbbb")
    assert record.collection == str(Path("home").absolute()) and record.named == MARIA.person
    [kept] = record.looks
    assert kept.decided and kept.at == look.pending.now.captured_at
    assert kept.grounds is not None and kept.grounds.best == look.visit.decision.best
    assert [crop.frame for crop in kept.crops] == [70, 80]
    assert np.array_equal(kept.template.vector, look.template.vector)
    picture = np.asarray(Image.open(io.BytesIO(kept.crops[0].picture)))
    assert picture.shape == (150, 150, 3) and np.abs(picture.astype(int) - 99).max() <= 1


def test_a_look_that_was_not_compared_has_no_grounds(store: RecordStore) -> None:
    keeper_of(store, HandClock()).looked(settled("aaaaaaaa", compared=False))
    [kept] = store.find("aaaaaaaa").looks
    assert kept.grounds is None and not kept.decided


def test_a_file_that_is_played_again_is_kept_once(store: RecordStore) -> None:
    for _ in range(2):
        keeper = keeper_of(store, HandClock())
        for _ in range(2):
            keeper.looked(settled("aaaaaaaa"))
    assert len(store.find("aaaaaaaa").looks) == 2
    keeper.told(event("left", "bbbbbbbb", "aaaaaaaa", MARIA.person))
    keeper.looked(settled("aaaaaaaa"))
    assert len(store.find("aaaaaaaa").looks) == 1


def test_what_is_old_goes_at_the_start_and_every_hour(store: RecordStore) -> None:
    clock = HandClock()
    keeper_of(store, clock).looked(settled("aaaaaaaa"))
    clock.days = 8
    keeper = keeper_of(store, clock)
    keeper.shown(frame(), ())
    assert store.newest(1) == ()
    keeper.looked(settled("aaaaaaaa"))
    clock.days += 7 + 0.9 * PRUNE_EVERY_SECONDS / 86400
    keeper.shown(frame(), ())
    assert store.newest(1) == ()
    keeper.looked(settled("cccccccc"))
    clock.days += 0.9 * PRUNE_EVERY_SECONDS / 86400
    keeper.shown(frame(), ())
    assert len(store.newest(1)) == 1


def test_no_more_than_its_share_is_kept(store: RecordStore) -> None:
    keeper = keeper_of(store, HandClock(), max_bytes=200_000)
    for number in range(100):
        keeper.looked(settled(f"{number:08d}"))
        assert store.used_bytes() <= 200_000
    assert store.find("00000099")


def test_what_cannot_be_written_is_said_once_and_the_watch_goes_on(
    store: RecordStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = keeper_of(store, HandClock())
    keeper.looked(settled("aaaaaaaa"))
    with sqlite3.connect(tmp_path / RECORDS_FILE) as connection:
        connection.execute("ALTER TABLE crops RENAME TO away")
    keeper.looked(settled("bbbbbbbb"))
    keeper.looked(settled("cccccccc"))
    [warning] = caplog.messages
    assert warning.startswith("records are not kept: ") and RECORDS_FILE in warning
    with connection:
        connection.execute("ALTER TABLE away RENAME TO crops")
    connection.close()
    keeper.looked(settled("dddddddd"))
    assert len(caplog.messages) == 1
    assert {visit.id for visit in store.newest(9)} == {"aaaaaaaa", "dddddddd"}
