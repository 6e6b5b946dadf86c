from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from argus.core.matching import Reason
from argus.core.types import Box, Face, Landmarks, Quality
from argus.enrolment.judge import Refusal, judge
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
