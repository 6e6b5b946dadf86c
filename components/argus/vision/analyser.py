"""Photos to faces: for enrolment and for looking at single pictures, where finding everybody matters more than time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from argus.core.ports import Detector, Embedder, Scanner
from argus.core.types import CHIP_SIZE, Box, Detection, RgbImage
from argus.vision.faces import FaceReader, ReadFace
from argus.vision.scanner import face_scales

SMALLEST_FACE_PX = 40
"""Smaller faces can hardly be recognised by anybody."""

MAX_SCANNED_PIXELS = 2_000_000
"""Of the finest level: about a second on one core and 300 MB. In a photo of 12 megapixels, faces of 200 px and more
are found, a twentieth of its width."""

MAX_DETECTED_PIXELS = 4_000_000
"""About two seconds on one core and 1 GB with dlib's tiling."""

_WINDOW_PX = 80


class PhotoDetector:
    """The port :class:`argus.core.ports.Detector` for photos of any size, over a scanner.

    Small pictures are enlarged until faces of SMALLEST_FACE_PX are seen, large ones reduced to MAX_SCANNED_PIXELS.
    """

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        """All faces, best score first; each ``upsample`` looks for faces half as small, at four times the cost."""
        height, width = rgb.shape[:2]
        finest = 2**upsample * min(_WINDOW_PX / SMALLEST_FACE_PX, math.sqrt(MAX_SCANNED_PIXELS / (width * height)))
        smallest = _WINDOW_PX / finest
        return self._scanner.scan(rgb, face_scales(smallest, max(smallest, width, height)))


class BoundedDetector:
    """The port :class:`argus.core.ports.Detector`, over one whose memory grows with the picture.

    Pictures over MAX_DETECTED_PIXELS (after upsampling) are reduced to them first, all others are left as they are.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        """All faces, best score first; see the port."""
        height, width = rgb.shape[:2]
        scale = math.sqrt(MAX_DETECTED_PIXELS / (width * height)) / 2**upsample
        if scale >= 1:
            return self._detector.detect(rgb, upsample=upsample)
        size = (max(1, int(width * scale)), max(1, int(height * scale)))
        reduced = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))
        return [
            Detection(_scaled(found.box, width / size[0], height / size[1]), found.score)
            for found in self._detector.detect(reduced, upsample=upsample)
        ]


def _scaled(box: Box, x: float, y: float) -> Box:
    return Box(round(box.left * x), round(box.top * y), round(box.right * x), round(box.bottom * y))


class FaceAnalyser:
    """Finds the faces of a picture and embeds them.

    Args:
        detector: finds them.
        reader: cuts and judges them.
        embedder: makes the vectors; its model id is theirs.
    """

    def __init__(self, detector: Detector, reader: FaceReader, embedder: Embedder) -> None:
        self._detector = detector
        self._reader = reader
        self._embedder = embedder

    @property
    def model_id(self) -> str:
        return self._embedder.model_id

    def faces(self, rgb: RgbImage, *, upsample: int = 0) -> list[ReadFace]:
        """The faces of a picture, best score first, boxes in its own pixels."""
        return [self._reader.read(rgb, detection) for detection in self._detector.detect(rgb, upsample=upsample)]

    def vectors(self, faces: Sequence[ReadFace]) -> NDArray[np.float32]:
        """``(len(faces), 128)`` float32: their embeddings, in one batch."""
        chips = np.stack([face.chip for face in faces]) if faces else np.empty((0, CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
        return self._embedder.embed(chips)
