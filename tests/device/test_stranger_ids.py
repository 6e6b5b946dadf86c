"""Strangers in rendered clips: who comes again keeps one id, and nobody shares it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from argus.core.events import VisitEvent
from argus.core.ids import repeatable_ids
from argus.device.compose import WatchSettings, build_watcher
from argus.device.people import Recognised
from argus.device.strangers_store import StrangerStore
from argus.rehearsal.render import RenderedSource
from argus.rehearsal.scenario import Actor, Portrait, Pose, Scenario, Shot
from argus.rehearsal.walks import CALM, walk
from tests.rehearsed import enrol, networks, nobody, portrait

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StrangerStore]:
    store = StrangerStore(tmp_path, networks().calibration, repeatable_ids("strangers"), lambda: NOW)
    yield store
    store.close()


@pytest.fixture(scope="module")
def faces(portraits: Path) -> dict[str, Portrait]:
    return {name: portrait(portraits / f"{name}.jpg", name) for name in ("biden", "obama", "obama2")}


def clip(*appearances: tuple[Portrait, float]) -> Scenario:
    """Everybody for two seconds, each from a time on; nothing else moves."""
    actors = [
        Actor(
            who, walk(Pose(110, 100, 84), Pose(160, 100, 84), seconds=2.0, begin_seconds=at, seed=number, lively=CALM)
        )
        for number, (who, at) in enumerate(appearances)
    ]
    seconds = max(at for _, at in appearances) + 3.0
    return Scenario((Shot(seconds, tuple(actors), noise=0.0),), width=272, height=204, fps=12.5)


def watch(
    scenario: Scenario, store: StrangerStore | None, people: Recognised, camera: str = "porch"
) -> list[VisitEvent]:
    watcher = build_watcher(WatchSettings(camera_id=camera, min_face_px=64), networks(), people)
    watcher.writer.strangers = store
    return list(watcher.watch(RenderedSource(scenario)))


def ids(events: list[VisitEvent]) -> list[str | None]:
    """The ids of the strangers, in the order in which they were told; each visit ends as who it began as."""
    told = {event.visit_id: event.stranger_id for event in events if event.kind == "unknown"}
    assert {event.visit_id: event.stranger_id for event in events if event.kind == "left"} == told
    return list(told.values())


def test_the_same_stranger_20_seconds_later_and_another_one(store: StrangerStore, faces: dict[str, Portrait]) -> None:
    scenario = clip((faces["biden"], 0.0), (faces["obama"], 4.0), (faces["biden"], 22.0))
    first, other, again = ids(watch(scenario, store, nobody()))
    assert first is not None and other is not None
    assert first == again != other
    assert [stranger.visits for stranger in store.strangers() if stranger.id == first] == [2]


def test_over_cameras_with_another_picture(store: StrangerStore, faces: dict[str, Portrait]) -> None:
    [at_the_porch] = ids(watch(clip((faces["obama"], 0.0)), store, nobody()))
    [at_the_gate] = ids(watch(clip((faces["obama2"], 0.0)), store, nobody(), camera="gate"))
    assert at_the_porch == at_the_gate is not None


def test_without_the_memory_nobody_has_an_id(faces: dict[str, Portrait]) -> None:
    assert ids(watch(clip((faces["biden"], 0.0)), None, nobody())) == [None]


def test_a_match_has_no_stranger_and_leaves_none(
    store: StrangerStore, faces: dict[str, Portrait], portraits: Path, tmp_path: Path
) -> None:
    people = enrol(tmp_path / "people", {"Obama": [portraits / "obama.jpg"]})
    events = watch(clip((faces["obama2"], 0.0)), store, people)
    assert [(event.kind, event.stranger_id) for event in events] == [("match", None), ("left", None)]
    assert store.strangers() == ()
