"""dlib's two face detectors by dlib itself.

The CNN is the reference that proves the ONNX one equal; HOG is the fast classic, which misses turned faces.
"""

from __future__ import annotations

import dlib
import numpy as np

from argus.core.types import Detection, RgbImage
from argus.vision.model_store import DLIB_DETECTOR, ModelStore
from argus.vision.rectangles import from_dlib


class DlibCnnDetector:
    """The port :class:`argus.core.ports.Detector`, about a second a 640x360 picture."""

    def __init__(self, store: ModelStore) -> None:
        """Loads the network.

        Raises:
            ModelError: its file is missing or damaged.
        """
        try:
            self._network = dlib.cnn_face_detection_model_v1(str(store.path(DLIB_DETECTOR)))
        except RuntimeError:
            raise store.foreign(DLIB_DETECTOR) from None

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        """All faces, best score first; see the port."""
        found = self._network(np.ascontiguousarray(rgb), upsample)
        return [Detection(from_dlib(face.rect), face.confidence) for face in found]


class DlibHogDetector:
    """The port :class:`argus.core.ports.Detector`; its weights are part of dlib."""

    def __init__(self) -> None:
        self._detector = dlib.get_frontal_face_detector()

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        """All faces, best score first; see the port."""
        boxes, scores, _ = self._detector.run(np.ascontiguousarray(rgb), upsample, 0.0)
        found = [Detection(from_dlib(box), score) for box, score in zip(boxes, scores, strict=True)]
        return sorted(found, key=lambda detection: -detection.score)
