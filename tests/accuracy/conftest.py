"""What the tests of accuracy share."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from argus.core.ports import Detector
from argus.core.types import Detection, RgbImage
from argus.evaluation.pictures import Album
from argus.evaluation.sharing import shared
from argus.vision.analyser import FaceAnalyser, PhotoDetector
from argus.vision.faces import FaceReader
from argus.vision.networks import Networks
from tests.accuracy.figures import read_lfw


class DetectedOnce:
    """The port :class:`argus.core.ports.Detector`, which looks for the faces of each picture once."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._known: dict[tuple[object, ...], list[Detection]] = {}

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        key = (hashlib.sha256(rgb.tobytes()).digest(), rgb.shape, upsample)
        if key not in self._known:
            self._known[key] = self._detector.detect(rgb, upsample=upsample)
        return self._known[key]


@pytest.fixture(scope="session")
def analyser() -> FaceAnalyser:
    """What enrolment looks at photos with; it finds and embeds each face once a session, whoever asks."""
    networks = Networks.load()
    detector = DetectedOnce(PhotoDetector(networks.scanner))
    return FaceAnalyser(detector, FaceReader(networks.landmarker), shared(networks).embedder)


@pytest.fixture(scope="session")
def lfw_vectors(data_dir: Path, analyser: FaceAnalyser) -> tuple[Album, Album]:
    """Vectors of the people and of the strangers of ``lfw-dev``, made once a session."""
    return read_lfw(data_dir, analyser)
