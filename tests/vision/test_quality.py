from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from argus.core.matching import Reason
from argus.core.types import Box, Face, Landmarks
from argus.vision.quality import measure, weakness

FRONT = Landmarks(((80.0, 50.0), (60.0, 50.0), (20.0, 50.0), (40.0, 50.0), (50.0, 80.0)))
BOX = Box(0, 0, 120, 130)


def textured_chip(seed: int = 0, scale: float = 1.0, level: float = 127.0) -> np.ndarray:
    """Grey blotches of all sizes, as in a face; nobody's face."""
    random = np.random.default_rng(seed)
    total = np.full((150, 150), level, np.float64)
    for blotches in (5, 15, 50):
        noise = Image.fromarray(random.normal(0, 40 * scale, (blotches, blotches)).astype(np.float32))
        total += np.asarray(noise.resize((150, 150), Image.Resampling.BICUBIC))
    return np.repeat(total.clip(0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


def blurred(chip: np.ndarray, radius: float) -> np.ndarray:
    return np.asarray(Image.fromarray(chip).filter(ImageFilter.GaussianBlur(radius)))


def face(chip: np.ndarray, box: Box = BOX, landmarks: Landmarks = FRONT, score: float = 1.05) -> Face:
    return Face(box, score, landmarks, measure(box, landmarks, chip))


def nose_at(x: float) -> Landmarks:
    return Landmarks((*FRONT.points[:4], (x, 80.0)))


def test_a_good_face_has_no_weakness() -> None:
    good = face(textured_chip())
    assert weakness(good) is None
    assert good.quality.face_px == 120
    assert good.quality.frontality == 1


def test_more_blur_is_less_sharp_whatever_the_contrast() -> None:
    for scale in (0.3, 1.0):
        chips = [blurred(textured_chip(scale=scale), radius) for radius in (0, 2, 4, 6)]
        values = [measure(BOX, FRONT, chip).sharpness for chip in chips]
        assert values == sorted(values, reverse=True)
        assert values[0] > 2 * values[-1]


@pytest.mark.parametrize(
    ("poor", "reason"),
    [
        (face(textured_chip(), Box(0, 0, 49, 80)), Reason.SMALL),
        (face(blurred(textured_chip(), 6)), Reason.BLURRED),
        (face(textured_chip(scale=0.1, level=15)), Reason.DARK),
        (face(textured_chip(scale=0.01, level=80)), Reason.DARK),
        (face(textured_chip(scale=0.2, level=250)), Reason.BRIGHT),
        (face(textured_chip(scale=0.01, level=180)), Reason.BRIGHT),
        (face(textured_chip(), landmarks=nose_at(82)), Reason.TURNED),
        (face(textured_chip(), landmarks=nose_at(60), score=0.6), Reason.TURNED),
        (face(textured_chip(), landmarks=nose_at(60)), None),
    ],
)
def test_each_weakness_is_named(poor: Face, reason: Reason | None) -> None:
    assert weakness(poor) is reason


def test_frontality_falls_evenly_to_both_sides() -> None:
    left, right = (measure(BOX, nose_at(x), textured_chip()).frontality for x in (40.0, 60.0))
    assert left == pytest.approx(right)
    assert 0 < left < 1
    assert measure(BOX, nose_at(90), textured_chip()).frontality == 0


@given(st.integers(0, 2**32), st.lists(st.tuples(*[st.floats(-1e4, 1e4)] * 2), min_size=5, max_size=5))
def test_every_measure_stays_in_its_range(seed: int, points: list[tuple[float, float]]) -> None:
    chip = np.random.default_rng(seed).integers(0, 256, (150, 150, 3), np.uint8)
    a, b, c, d, e = points
    for picture in (chip, chip * 0, chip // 255 + 254):
        quality = measure(BOX, Landmarks((a, b, c, d, e)), picture)
        for value in (quality.sharpness, quality.brightness, quality.frontality, quality.score):
            assert 0 <= value <= 1
        assert 0 <= quality.contrast <= 0.5
