from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from argus.core.types import Box, Detection, RgbImage
from argus.vision.analyser import MAX_DETECTED_PIXELS, MAX_SCANNED_PIXELS, BoundedDetector, PhotoDetector


class Recorder:
    """A detector and a scanner that note what they are asked and find one face in the middle half."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.scales: list[float] = []

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        height, width = rgb.shape[:2]
        self.sizes.append((width << upsample, height << upsample))
        return [Detection(Box(width // 4, height // 4, 3 * width // 4, 3 * height // 4), 1.0)]

    def scan(self, rgb: RgbImage, scales: Sequence[float]) -> list[Detection]:
        self.scales = list(scales)
        return []


def blank(width: int, height: int) -> RgbImage:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(("width", "height", "upsample"), [(640, 480, 0), (2000, 2000, 0), (1000, 1000, 1)])
def test_an_ordinary_picture_is_left_as_it_is(width: int, height: int, upsample: int) -> None:
    recorder = Recorder()
    BoundedDetector(recorder).detect(blank(width, height), upsample=upsample)
    assert recorder.sizes == [(width << upsample, height << upsample)]


@pytest.mark.parametrize(("width", "height", "upsample"), [(4000, 3000, 0), (1600, 1200, 2), (20_000, 1000, 0)])
def test_a_large_picture_is_reduced_and_its_boxes_are_in_source_pixels(width: int, height: int, upsample: int) -> None:
    recorder = Recorder()
    (found,) = BoundedDetector(recorder).detect(blank(width, height), upsample=upsample)
    assert recorder.sizes[0][0] * recorder.sizes[0][1] <= MAX_DETECTED_PIXELS
    np.testing.assert_allclose(found.box.ltrb, (width / 4, height / 4, 3 * width / 4, 3 * height / 4), atol=16)


def test_small_pictures_are_enlarged_and_large_ones_reduced() -> None:
    recorder = Recorder()
    PhotoDetector(recorder).detect(blank(250, 250))
    assert recorder.scales[0] == 2
    assert recorder.scales[-1] * 250 <= 80 * 1.2
    PhotoDetector(recorder).detect(blank(4000, 3000))
    assert recorder.scales[0] ** 2 * 4000 * 3000 == pytest.approx(MAX_SCANNED_PIXELS)
    PhotoDetector(recorder).detect(blank(4000, 3000), upsample=1)
    assert recorder.scales[0] ** 2 * 4000 * 3000 == pytest.approx(4 * MAX_SCANNED_PIXELS)
    PhotoDetector(recorder).detect(blank(1, 1))
    assert recorder.scales
