"""The ONNX embedding against dlib's own, on real faces."""

from __future__ import annotations

from pathlib import Path

import dlib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from argus.core.errors import ModelError
from argus.core.types import CHIP_SIZE, MIRROR_MODEL_ID, PLAIN_MODEL_ID, Box, Landmarks
from argus.vision.chips import face_chips
from argus.vision.detector_dlib import DlibCnnDetector, DlibHogDetector
from argus.vision.embedder_dlib import DlibEmbedder
from argus.vision.embedder_onnx import OnnxEmbedder
from argus.vision.landmarks import DlibLandmarker
from argus.vision.mirror import MirrorEmbedder
from argus.vision.model_store import LANDMARKS, ModelStore
from tests.vision.cnn_golden import load, read_picture

FACES = 200
CENTRE = Box(70, 70, 180, 180)
"""Where the face is in every picture of ``lfw-dev``."""
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def onnx(model_store: ModelStore) -> OnnxEmbedder:
    return OnnxEmbedder(model_store)


@pytest.fixture(scope="module")
def reference(model_store: ModelStore) -> DlibEmbedder:
    return DlibEmbedder(model_store)


@pytest.fixture(scope="module")
def chips(data_dir: Path, model_store: ModelStore) -> NDArray[np.uint8]:
    landmarker = DlibLandmarker(model_store)
    found = []
    for path in sorted(data_dir.glob("lfw-dev/strangers/*.jpg"))[:FACES]:
        rgb = np.asarray(Image.open(path).convert("RGB"))
        found.append(face_chips(rgb, [landmarker.landmarks(rgb, CENTRE)]))
    chips = np.concatenate(found)
    assert len(chips) == FACES
    return chips


@pytest.fixture(scope="module")
def reference_vectors(chips: NDArray[np.uint8], reference: DlibEmbedder) -> NDArray[np.float32]:
    return reference.embed(chips)


def test_equals_dlib_in_every_value(
    chips: NDArray[np.uint8], onnx: OnnxEmbedder, reference_vectors: NDArray[np.float32]
) -> None:
    assert np.abs(onnx.embed(chips) - reference_vectors).max() <= TOLERANCE


def test_the_mirror_average_equals_dlibs_of_both_chips(
    chips: NDArray[np.uint8],
    onnx: OnnxEmbedder,
    reference: DlibEmbedder,
    reference_vectors: NDArray[np.float32],
) -> None:
    few = chips[:20]
    flipped = np.stack([np.fliplr(chip) for chip in few])
    expected = (reference_vectors[:20] + reference.embed(flipped)) / 2
    mirror = MirrorEmbedder(onnx)
    assert np.abs(mirror.embed(few) - expected).max() <= TOLERANCE
    assert np.abs(mirror.embed(flipped) - expected).max() <= TOLERANCE
    assert np.linalg.norm(mirror.embed(few) - reference_vectors[:20], axis=1).min() > 0.01


def test_a_chip_has_the_same_vector_in_any_batch(chips: NDArray[np.uint8], onnx: OnnxEmbedder) -> None:
    together = onnx.embed(chips[:37])
    alone = np.concatenate([onnx.embed(chips[index : index + 1]) for index in range(37)])
    assert together.shape == (37, 128)
    assert np.abs(together - alone).max() <= 1e-6


def test_model_ids(onnx: OnnxEmbedder, reference: DlibEmbedder) -> None:
    assert onnx.model_id == reference.model_id == PLAIN_MODEL_ID
    mirror = MirrorEmbedder(onnx)
    assert mirror.model_id == MIRROR_MODEL_ID
    with pytest.raises(ValueError, match="made of dlib-resnet-v1"):
        MirrorEmbedder(mirror)


def test_no_chips_give_no_vectors(onnx: OnnxEmbedder, reference: DlibEmbedder) -> None:
    none = np.empty((0, CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    for embedder in (onnx, reference, MirrorEmbedder(onnx)):
        assert embedder.embed(none).shape == (0, 128)


@pytest.mark.parametrize(
    "wrong", [np.zeros((150, 150, 3), np.uint8), np.zeros((1, 149, 150, 3), np.uint8), np.zeros((1, 150, 150, 3))]
)
def test_what_is_no_chip_is_refused(wrong: NDArray[np.uint8], onnx: OnnxEmbedder, reference: DlibEmbedder) -> None:
    for embedder in (onnx, reference):
        with pytest.raises(ValueError, match="chips must be"):
            embedder.embed(wrong)


def test_chips_are_those_that_dlib_cuts(data_dir: Path, model_store: ModelStore) -> None:
    rgb = np.asarray(Image.open(data_dir / "photos/two_people.jpg").convert("RGB"))
    predictor = dlib.shape_predictor(str(model_store.path(LANDMARKS)))
    landmarker = DlibLandmarker(model_store)
    found = DlibHogDetector().detect(rgb)
    assert len(found) == 2
    expected = [
        dlib.get_face_chip(
            rgb,
            predictor(rgb, dlib.rectangle(face.box.left, face.box.top, face.box.right - 1, face.box.bottom - 1)),
            size=150,
            padding=0.25,
        )
        for face in found
    ]
    chips = face_chips(rgb, [landmarker.landmarks(rgb, face.box) for face in found])
    assert (chips == np.stack(expected)).all()


def test_chips_of_nobody_and_of_a_face_outside_the_picture() -> None:
    rgb = np.full((50, 50, 3), 200, np.uint8)
    assert face_chips(rgb, []).shape == (0, 150, 150, 3)
    outside = Landmarks(((160, 110), (150, 110), (120, 110), (130, 110), (140, 130)))
    assert face_chips(rgb, [outside]).shape == (1, 150, 150, 3)


def test_dlibs_hog_detector_finds_more_when_the_picture_is_doubled(data_dir: Path) -> None:
    rgb = np.asarray(Image.open(data_dir / "photos/two_people.jpg").convert("RGB"))
    small = np.ascontiguousarray(rgb[::3, ::3])
    detector = DlibHogDetector()
    assert detector.detect(small) == []
    doubled = detector.detect(small, upsample=1)
    assert len(doubled) == 2
    assert doubled[0].score >= doubled[1].score


def test_dlibs_cnn_detector_answers_as_the_golden_file_says(data_dir: Path, model_store: ModelStore) -> None:
    golden = next(picture for picture in load() if picture.file.startswith("lfw-dev") and picture.faces)
    found = DlibCnnDetector(model_store).detect(read_picture(data_dir / golden.file, None), upsample=golden.upsample)
    assert [face.box for face in found] == [face.box for face in golden.faces]


def test_without_its_file_a_network_says_what_to_do(tmp_path: Path) -> None:
    for kind in (OnnxEmbedder, DlibEmbedder, DlibLandmarker, DlibCnnDetector):
        with pytest.raises(ModelError, match=r"missing: run `python -m models`"):
            kind(ModelStore(tmp_path))
