"""The visits of rendered clips are exact: how many, of whom, of which kind, and from when to when."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from argus.device.people import Recognised
from argus.rehearsal.scenario import Portrait
from argus.rehearsal.scenarios import crossing_scenario, cut_scenario, returning_scenario, still_scenario
from tests.rehearsed import GAP_SECONDS, assert_exact, enrol, nobody, play, portrait

NAMES = {"obama": "Barack Obama", "biden": None}


@pytest.fixture(scope="module")
def obama_enrolled(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Recognised:
    return enrol(tmp_path_factory.mktemp("rendered") / "people", {"Barack Obama": [portraits / "obama.jpg"]})


@pytest.fixture(scope="module")
def faces(portraits: Path) -> dict[str, Portrait]:
    """None of these pictures is enrolled."""
    return {
        "obama2": portrait(portraits / "obama2.jpg", "obama"),
        "obama3": portrait(portraits / "obama3.jpg", "obama"),
        "biden": portrait(portraits / "biden.jpg", "biden"),
    }


@pytest.mark.parametrize(("behind", "front"), [("biden", "obama3"), ("obama2", "biden")])
def test_crossing(obama_enrolled: Recognised, faces: dict[str, Portrait], behind: str, front: str) -> None:
    played = play(crossing_scenario(faces[behind], faces[front]), obama_enrolled)
    # Both go on as the visits they were, after one was hidden by the other.
    hidden = [n for n, there in enumerate(played.truth) if any(p.hidden and 60 < n < 120 for p in there)]
    assert hidden
    assert_exact(played, NAMES)
    assert all(visit.frames[0] < hidden[0] and visit.frames[1] > hidden[-1] for visit in played.visits)


@pytest.mark.parametrize("who", ["obama2", "biden"])
def test_away_for_4_seconds_is_one_visit_and_for_20_another(
    obama_enrolled: Recognised, faces: dict[str, Portrait], who: str
) -> None:
    played = play(returning_scenario(faces[who], stay_seconds=2.0), obama_enrolled)
    assert [(first, last) for _, first, last in played.true_visits()] == [(0, 200), (700, 750)]
    assert_exact(played, NAMES)
    # The first visit is over as soon as the gap is, and not when the next one begins.
    ended_at = played.events[1].device.monotonic_seconds
    assert played.events[1].kind == "left" and ended_at == pytest.approx(8.0 + GAP_SECONDS, abs=0.5)


@pytest.mark.parametrize("noise", [0.0, 4.0])
@pytest.mark.parametrize("who", ["obama3", "biden"])
def test_a_still_scene(obama_enrolled: Recognised, faces: dict[str, Portrait], who: str, noise: float) -> None:
    played = play(still_scenario(faces[who], noise=noise), obama_enrolled)
    assert_exact(played, NAMES)
    [visit] = played.visits
    assert visit.frames == (0, played.scenario.frame_count - 1)


@pytest.mark.parametrize(("first", "second"), [("obama2", "biden"), ("biden", "obama3")])
def test_a_cut_to_another_person_in_the_same_place(
    obama_enrolled: Recognised, faces: dict[str, Portrait], first: str, second: str
) -> None:
    played = play(cut_scenario(faces[first], faces[second]), obama_enrolled)
    assert_exact(played, NAMES)
    before, after = played.visits
    assert before.frames[1] < 75 <= after.frames[0]


def test_a_cut_to_the_same_person_goes_on(obama_enrolled: Recognised, faces: dict[str, Portrait]) -> None:
    played = play(cut_scenario(faces["obama2"], faces["obama3"]), obama_enrolled)
    assert_exact(played, NAMES)
    assert len(played.visits) == 1


@pytest.mark.parametrize(("seed", "enrolled"), [(1, 2), (2, 1), (3, 0)])
def test_other_people(data_dir: Path, tmp_path: Path, seed: int, enrolled: int) -> None:
    """Two people by chance; those who are enrolled are so from four pictures, and shown by the fifth."""
    everybody = sorted(path.name for path in (data_dir / "lfw-dev" / "people").iterdir())
    pair = random.Random(seed).sample(everybody, 2)
    known = pair[:enrolled]
    pictures = {name: sorted((data_dir / "lfw-dev" / "people" / name).iterdir()) for name in pair}
    people = enrol(tmp_path / "people", {name: pictures[name][:4] for name in known}) if known else nobody()
    shown = [portrait(pictures[name][4], name) for name in pair]
    played = play(cut_scenario(shown[0], shown[1], seed=seed), people)
    assert_exact(played, {name: name if name in known else None for name in pair})
