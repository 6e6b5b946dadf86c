"""The measurement of visits measures what it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from argus.device.compose import WatchSettings, build_watcher
from argus.device.people import Recognised
from argus.enrolment.compose import photo_analyser
from argus.evaluation.returning import ToldStranger, returning_figures
from argus.evaluation.sharing import shared
from argus.evaluation.visit_clips import FPS, HEIGHT, WIDTH, Clip, Visitor, clips_of
from argus.evaluation.visit_plan import enrolled, look_at
from argus.evaluation.visits import Condition, Fate, GivenFrames, SeenVisitor, figures, watch_clip
from argus.rehearsal.render import render
from argus.rehearsal.scenario import Portrait
from tests.core.measures import at
from tests.rehearsed import networks, nobody, portrait

STRICT = Condition(1, 1, 0.01)


@pytest.fixture(scope="module")
def faces(portraits: Path) -> dict[str, Portrait]:
    return {name: portrait(portraits / f"{name}.jpg", name.strip("23")) for name in ("biden", "obama2", "obama3")}


def obama_as(person: str, portraits: Path) -> Recognised:
    """He is enrolled from one portrait, and another one is shown."""
    photos = [look_at(person, portraits / name, photo_analyser()) for name in ("obama2.jpg", "obama.jpg")]
    return enrolled({person: [photo for photo in photos if photo]}, networks().calibration, shown=0, count=1)


def test_everybody_comes_once_and_nobody_together(faces: dict[str, Portrait]) -> None:
    visitors = [Visitor(False, (replace(faces["biden"], person=f"{number}"),)) for number in range(7)]
    clips = clips_of(visitors, seed=5)
    assert sorted(visitor.person for clip in clips for visitor in clip.visitors) == [f"{n}" for n in range(7)]
    assert [len(clip.visitors) for clip in clips] == [3, 3, 1]
    scenario = clips[0].scenario()
    assert (scenario.width, scenario.height, scenario.fps) == (WIDTH, HEIGHT, FPS)
    spans = sorted((actor.path[0].at_seconds, actor.path[-1].at_seconds) for actor in scenario.shots[0].actors)
    # Longer than a track waits for its face.
    assert all(later - earlier >= 0.79 for (_, earlier), (later, _) in pairwise(spans))
    assert clips_of(visitors, seed=5)[0].scenario().shots[0].noise == scenario.shots[0].noise
    assert clips_of(visitors, seed=6)[0].scenario().shots[0].noise != scenario.shots[0].noise


def test_several_portraits_are_shown_in_turn(faces: dict[str, Portrait]) -> None:
    both = (faces["obama2"], faces["obama3"])
    [shot] = Clip((Visitor(True, both),), seed=0).scenario().shots
    assert [actor.portrait for actor in shot.actors[:4]] == [*both, *both]
    for earlier, later in zip(shot.actors[:3], shot.actors[1:4], strict=True):
        assert 0 < later.path[0].at_seconds - earlier.path[-1].at_seconds < 1e-9


def test_what_is_shared_changes_nothing(faces: dict[str, Portrait], portraits: Path) -> None:
    frames = [one.frame for one in render(Clip((Visitor(True, (faces["obama2"],)),), seed=3).scenario())]
    together = shared(networks())
    told = [
        list(build_watcher(WatchSettings(min_face_px=56, repeatable="x"), used, people).watch(GivenFrames(frames)))
        for people in (obama_as("obama", portraits), nobody())
        for used in (networks(), together, together)
    ]
    assert told[0] == told[1] == told[2] and told[3] == told[4] == told[5]
    assert (told[0][0].kind, told[3][0].kind) == ("match", "unknown")


def test_who_was_there_and_what_was_told(faces: dict[str, Portrait], portraits: Path) -> None:
    clip = Clip((Visitor(False, (faces["biden"],)), Visitor(True, (faces["obama2"],))), seed=7)
    seen = watch_clip({STRICT: obama_as("obama", portraits), Condition(0, 0, 0.01): nobody()}, clip, networks())
    assert [(one.person, one.enrolled, one.fate, one.pieces, one.merged) for one in seen] == [
        ("biden", False, Fate.UNKNOWN, 1, False),
        ("obama", True, Fate.RIGHT, 1, False),
        ("biden", False, Fate.UNKNOWN, 1, False),
        ("obama", True, Fate.UNKNOWN, 1, False),
    ]
    assert all(one.decided_seconds is not None and 0.5 < one.decided_seconds < 3.5 for one in seen)
    # Enrolled under another name, the same visit is a wrong one.
    wrong = watch_clip({STRICT: obama_as("somebody else", portraits)}, clip, networks())
    assert [one.fate for one in wrong] == [Fate.UNKNOWN, Fate.WRONG]


def seen(fate: Fate, seconds: float | None, person: str = "a") -> SeenVisitor:
    return SeenVisitor(STRICT, person, False, fate, 2 if fate is Fate.MISSED else 1, False, seconds)


def test_figures() -> None:
    visits = [seen(Fate.UNKNOWN, float(n), f"{n}") for n in range(1, 19)]
    [(key, one)] = figures([*visits, seen(Fate.WRONG, 19.0), seen(Fate.MISSED, None)]).items()
    assert key == (STRICT, False)
    assert (one.visitors, one.people, one.split, one.merged) == (20, 19, 1, 0)
    assert one.share(Fate.WRONG) == 0.05 and one.fates[Fate.UNKNOWN] == 18
    assert one.interval(Fate.WRONG)[0] < 0.05 < one.interval(Fate.WRONG)[1]
    assert one.decided_seconds == (10.0, 18.0)


def test_who_comes_again() -> None:
    answers = iter(["1", "2", "1", "3", "2", "1"])
    people = ["ada", "bob", "ada", "ada", "ada", "cy"]
    visits = [ToldStranger(person, at(0, 1.0)) for person in people]
    found = returning_figures(visits, lambda _: next(answers))
    assert (found.first, found.first_taken) == (3, 1)
    assert (found.again, found.split, found.again_taken, found.remembered) == (3, 1, 1, 3)
