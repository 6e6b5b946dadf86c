"""The CNN detector on ONNX Runtime against dlib's own."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest

from argus.core.types import Box, Detection
from argus.vision import dlib_pyramid
from argus.vision.detector_onnx import OnnxDetector
from argus.vision.mmod import MmodNetwork
from argus.vision.model_store import ModelStore
from argus.vision.scanner import PyramidScanner, face_scales
from tests.vision.cnn_golden import GoldenPicture, load, read_picture

GOLDEN = load()
PLAIN = [picture for picture in GOLDEN if picture.upsample == 0]
SURE_SCORE = 0.5
"""A face found more surely than that is found at any phase of the network's stride."""


def name(picture: GoldenPicture) -> str:
    return picture.name


@pytest.fixture(scope="module")
def detector(model_store: ModelStore) -> OnnxDetector:
    return OnnxDetector(model_store)


@pytest.fixture(scope="module")
def scanner(model_store: ModelStore) -> PyramidScanner:
    return PyramidScanner(model_store)


def test_the_golden_file_covers_what_it_should() -> None:
    assert len(GOLDEN) >= 30
    assert sum(len(picture.faces) for picture in GOLDEN) >= 30
    assert len({picture.file for picture in GOLDEN}) >= 15
    assert any(picture.frame is not None for picture in GOLDEN)
    assert any(not picture.faces for picture in GOLDEN)
    assert any(len(picture.faces) > 2 for picture in GOLDEN)


@pytest.mark.parametrize("picture", GOLDEN, ids=name)
def test_finds_dlibs_boxes(picture: GoldenPicture, detector: OnnxDetector, data_dir: Path) -> None:
    path = data_dir / picture.file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == picture.sha256, (
        "the data changed: make the golden file anew"
    )
    found = detector.detect(read_picture(path, picture.frame), upsample=picture.upsample)
    assert len(found) == len(picture.faces)
    for face in picture.faces:
        match = max(found, key=lambda other: other.box.iou(face.box))
        assert match.box.ltrb == pytest.approx(face.box.ltrb, abs=3)
        assert match.score == pytest.approx(face.score, abs=0.02)
    assert found == sorted(found, key=lambda other: -other.score)


@pytest.mark.parametrize("picture", PLAIN, ids=name)
def test_the_scanner_finds_the_same_faces(picture: GoldenPicture, scanner: PyramidScanner, data_dir: Path) -> None:
    rgb = read_picture(data_dir / picture.file, picture.frame)
    found = scanner.scan(rgb, face_scales(80, max(rgb.shape)))
    for face in picture.faces:
        if face.score > SURE_SCORE:
            assert max((other.box.iou(face.box) for other in found), default=0) > 0.5
    for other in found:
        if other.score > SURE_SCORE:
            assert max((face.box.iou(other.box) for face in picture.faces), default=0) > 0.5


def test_the_scanner_finds_small_faces_at_finer_scales(
    scanner: PyramidScanner, detector: OnnxDetector, data_dir: Path
) -> None:
    rgb = read_picture(data_dir / "photos/two_people.jpg", None)
    small = np.ascontiguousarray(rgb[::3, ::3])
    assert scanner.scan(small, [1.0]) == []
    found = scanner.scan(small, face_scales(40, 80))
    reference = detector.detect(small, upsample=1)
    assert len(found) == len(reference) == 2
    for face in reference:
        assert max(other.box.iou(face.box) for other in found) > 0.5


def test_the_scanner_finds_a_face_in_a_small_part_of_a_picture(
    scanner: PyramidScanner, detector: OnnxDetector, data_dir: Path
) -> None:
    rgb = read_picture(data_dir / "photos/obama2.jpg", None)
    whole = detector.detect(rgb)[0]
    part = whole.box.grown(1.6).clipped(rgb.shape[1], rgb.shape[0])
    assert part is not None
    scale = 80 / whole.box.width
    found = scanner.scan(np.ascontiguousarray(rgb[part.top : part.bottom, part.left : part.right]), [scale])
    assert found[0].box.shifted(part.left, part.top).iou(whole.box) > 0.7


def test_a_picture_smaller_than_any_face_gives_none(scanner: PyramidScanner, detector: OnnxDetector) -> None:
    for width, height in ((1, 1), (3, 40), (40, 3), (17, 9)):
        speck = np.full((height, width, 3), 128, np.uint8)
        assert detector.detect(speck) == []
        assert scanner.scan(speck, [1.0, 0.5]) == []


def test_scan_without_scales_finds_nothing(scanner: PyramidScanner) -> None:
    assert scanner.scan(np.zeros((90, 90, 3), np.uint8), []) == []


def test_scan_refuses_scales_that_cannot_be(scanner: PyramidScanner) -> None:
    with pytest.raises(ValueError, match="above 0"):
        scanner.scan(np.zeros((90, 90, 3), np.uint8), [1.0, 0.0])


@pytest.mark.parametrize(("smallest", "largest"), [(80, 80), (80, 96), (40, 360), (100, 250), (33.3, 1000)])
def test_face_scales_leave_no_size_out(smallest: float, largest: float) -> None:
    scales = face_scales(smallest, largest)
    assert scales[0] == pytest.approx(80 / smallest)
    for one, next_one in itertools.pairwise(scales):
        assert one / next_one == pytest.approx(6 / 5)
    assert scales[-1] * largest <= 80 * 6 / 5 * 1.0001
    assert len(scales) == 1 or scales[-2] * largest > 80 * 6 / 5


@pytest.mark.parametrize(("smallest", "largest"), [(0, 80), (-1, 80), (90, 80)])
def test_face_scales_refuses_sizes_that_cannot_be(smallest: float, largest: float) -> None:
    with pytest.raises(ValueError, match="smallest_px"):
        face_scales(smallest, largest)


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (250, 250), (1, 1), (7, 300), (300, 7), (1126, 661)])
def test_dlibs_layout_keeps_its_levels_apart(size: tuple[int, int]) -> None:
    layout = dlib_pyramid.layout(*size)
    canvas = Box(0, 0, layout.width, layout.height)
    assert (layout.levels[0].width, layout.levels[0].height) == size
    for index, level in enumerate(layout.levels):
        assert level.intersection(canvas) == level.area
        for other in layout.levels[:index]:
            assert not level.intersection(other)


def test_overlap_is_measured_on_the_box_around_both(model_store: ModelStore) -> None:
    """dlib's rule compares with 0.338 of the box around both, not of their union."""
    network = MmodNetwork(model_store)
    best = Detection(Box(0, 0, 100, 100), 2.0)
    apart = Detection(Box(27, 27, 127, 127), 1.0)  # shared 5329: 0.36 of the union, 0.33 of the box around both
    same = Detection(Box(26, 26, 126, 126), 1.0)  # shared 5476: 0.345 of the box around both
    assert network.suppressed([best, apart]) == [best, apart]
    assert network.suppressed([best, same]) == [best]
    assert network.suppressed([same, best]) == [same]
