"""What the preview says of events, and of the faces that the camera sees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from argus.core.matching import Reason
from argus.core.types import Quality
from argus.device.preview.placing import NOBODY, placing
from argus.device.preview.telling import telling
from argus.vision.quality import MIN_CONTRAST, MIN_FACE_PX, MIN_FRONTALITY, MIN_SHARPNESS
from tests.device.previewing import GOOD, golden


def test_good_faces() -> None:
    result = placing([GOOD])
    assert (result.advice, result.verdict) == ("Faces can be recognised well here.", "good")
    assert {measure.verdict for measure in result.measures} == {"good"}
    assert [measure.text for measure in result.measures] == ["120 px", "0.50", "0.15", "0.70", "0.90"]


def test_nobody_was_seen() -> None:
    assert placing([]) == NOBODY


@pytest.mark.parametrize(
    ("changes", "advice", "verdict"),
    [
        (
            {"face_px": 48},
            "Faces are 48 px wide; 50 are needed, 100 are good: move the camera closer, zoom in, or raise its "
            "resolution.",
            "poor",
        ),
        (
            {"face_px": 72},
            "Good enough. To do better, move the camera closer, zoom in, or raise its resolution (size 72 px; "
            "50 are needed, 100 are good).",
            "fair",
        ),
        ({"brightness": 0.08}, "Faces are dark (brightness 0.08; 0.12 is needed, 0.29 is good): light", "poor"),
        ({"brightness": 0.2}, "Good enough. To do better, light the faces from the front", "fair"),
        ({"brightness": 0.95}, "Faces are too bright (brightness 0.95; 0.90 is the most, 0.71 is good): keep", "poor"),
        ({"contrast": 0.02}, "Faces are flat (contrast 0.02; 0.03 is needed, 0.08 is good): clean the lens", "poor"),
        ({"sharpness": 0.3}, "Faces are blurred (sharpness 0.30; 0.35 is needed, 0.60 is good): focus", "poor"),
        ({"frontality": 0.01}, "Faces are turned away (frontal view 0.01; 0.02 is needed", "poor"),
        # What keeps faces from being recognised comes before what could be better.
        ({"face_px": 72, "sharpness": 0.3}, "Faces are blurred", "poor"),
    ],
)
def test_what_to_change(changes: dict[str, Any], advice: str, verdict: str) -> None:
    result = placing([replace(GOOD, **changes)])
    assert result.advice.startswith(advice)
    assert result.verdict == verdict


def test_the_zones_are_those_of_the_gates() -> None:
    least = Quality(MIN_FACE_PX, MIN_SHARPNESS, 0.5, MIN_CONTRAST, MIN_FRONTALITY, 0.0)
    for measure in placing([least]).measures:
        if measure.name != "Brightness":
            assert measure.verdict == "fair", measure.name
            assert measure.at == pytest.approx(measure.needed[0], abs=0.02)
        assert 0 < measure.needed[0] < measure.good[0] < measure.good[1] <= measure.needed[1] <= 1


def test_the_middle_of_the_faces_counts() -> None:
    passer_by = replace(GOOD, face_px=10, sharpness=0.0)
    assert placing([GOOD, passer_by, GOOD]).verdict == "good"


@pytest.mark.parametrize(
    ("name", "outcome", "who", "says", "over"),
    [
        ("match", "match", golden("match").person, "Recognised", False),
        ("match_revised", "match", golden("match_revised").person, "Recognised; first taken for a stranger", False),
        ("unknown", "unknown", None, "Not enrolled", False),
        ("left_nobody_enrolled", "unknown", None, "Not enrolled", True),
    ],
)
def test_an_event_in_words(name: str, outcome: str, who: Any, says: str, over: bool) -> None:
    words = telling(golden(name))
    assert (words["outcome"], words["says"], words["over"]) == (outcome, says, over)
    assert words["who"] == (who.name if who else "A stranger")
    assert words["visit"] == golden(name).visit_id


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    event = golden("uncertain")
    words = telling(replace(event, evidence=replace(event.evidence, reason=reason.value)))
    assert (words["who"], words["outcome"], words["over"]) == ("Somebody", "uncertain", True)
    assert words["says"].startswith("Not sure: ") and "_" not in words["says"]


def test_figures_in_small_print() -> None:
    event = golden("match")
    evidence = replace(
        event.evidence, pictures=1, normalised_distance=-0.2, threshold=0.014, margin=None, quality=0.815
    )
    figures = telling(replace(event, evidence=evidence))["figures"]
    assert figures == "distance -0.20, under the threshold +0.01, 1 picture, quality 0.81"
    assert telling(golden("left_nobody_enrolled"))["figures"].startswith("nobody is enrolled, ")
