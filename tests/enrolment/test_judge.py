from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from argus.core.matching import Reason
from argus.core.types import Box, Face, Landmarks, Quality
from argus.enrolment.judge import OVERRULABLE, Refusal, judge
from argus.vision.faces import ReadFace

QUALITY = Quality(100, 0.6, 0.5, 0.2, 0.9, 0.8)
NOWHERE = Landmarks(((0.0, 0.0),) * 5)


def face(left: int, top: int, size: int, poor: Reason | None = None) -> ReadFace:
    box = Box(left, top, left + size, top + size)
    return ReadFace(Face(box, 1.0, NOWHERE, replace(QUALITY, face_px=size)), np.zeros((150, 150, 3), np.uint8), poor)


def test_nobody_there() -> None:
    verdict, found = judge([], 640, 480)
    assert (verdict.refusal, found) == (Refusal.NO_FACE, None)


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        (Reason.SMALL, Refusal.TOO_SMALL),
        (Reason.BLURRED, Refusal.BLURRED),
        (Reason.TURNED, Refusal.TURNED),
        (Reason.DARK, Refusal.TOO_DARK),
        (Reason.BRIGHT, Refusal.TOO_BRIGHT),
    ],
)
def test_a_poor_face_is_refused_with_advice(reason: Reason, refusal: Refusal) -> None:
    verdict, found = judge([face(200, 150, 200, reason)], 640, 480)
    assert (verdict.refusal, found) == (refusal, None)
    assert ":" in verdict.message


def test_a_bystander_does_not_matter_and_neither_does_the_order() -> None:
    main = face(75, 75, 100)
    others = [face(190, 80, 80, Reason.BLURRED), face(-60, 80, 120), face(10, 10, 30)]
    for order in permutations([main, *others]):
        verdict, found = judge(order, 250, 250)
        assert verdict.accepted
        assert found is main


def test_two_people_side_by_side_are_refused() -> None:
    verdict, found = judge([face(225, 54, 164), face(795, 85, 138)], 1126, 661)
    assert (verdict.refusal, found) == (Refusal.SEVERAL_FACES, None)
    assert verdict.message.startswith("2 faces")


def nose(x: float) -> Landmarks:
    return Landmarks(((90.0, 40.0), (70.0, 40.0), (10.0, 40.0), (30.0, 40.0), (x, 70.0)))


@pytest.mark.parametrize(
    ("x", "words"), [(80, "to the right of the picture: turn it to the left"), (20, "left of"), (51, "away: look")]
)
def test_who_is_turned_away_is_told_which_way_to_turn(x: float, words: str) -> None:
    turned = face(200, 150, 200, Reason.TURNED)
    verdict, _ = judge([replace(turned, face=replace(turned.face, landmarks=nose(x)))], 640, 480)
    assert words in verdict.message


def test_who_is_too_small_is_told_how_small() -> None:
    assert "42 px of 50" in judge([face(200, 150, 42, Reason.SMALL)], 640, 480)[0].message


def test_force_accepts_a_poor_face_but_neither_none_nor_several() -> None:
    poor = face(200, 150, 200, Reason.BLURRED)
    assert judge([poor], 640, 480, force=True)[1] is poor
    assert judge([], 640, 480, force=True)[0].refusal is Refusal.NO_FACE
    beside = [face(100, 150, 200), face(340, 150, 200)]
    assert judge(beside, 640, 480, force=True)[0].refusal is Refusal.SEVERAL_FACES
    assert {Refusal.UNREADABLE, Refusal.NO_FACE, Refusal.SEVERAL_FACES, Refusal.DUPLICATE}.isdisjoint(OVERRULABLE)
