"""From a detection to a face that can be embedded and judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.matching import Reason
from argus.core.ports import Landmarker
from argus.core.types import Detection, Face, RgbImage
from argus.vision.chips import face_chips
from argus.vision.quality import measure, weakness


@dataclass(frozen=True, eq=False)
class ReadFace:
    """A face with what the embedding network sees of it.

    Attributes:
        chip: ``(150, 150, 3)`` uint8 RGB.
        poor: what makes it too poor to be enrolled or called a stranger, if anything.
    """

    face: Face
    chip: NDArray[np.uint8]
    poor: Reason | None


class FaceReader:
    """Landmarks, chip and quality of detected faces."""

    def __init__(self, landmarker: Landmarker) -> None:
        self._landmarker = landmarker

    def read(self, rgb: RgbImage, detection: Detection) -> ReadFace:
        """Reads the face of ``detection`` in ``rgb``; its box may reach outside."""
        landmarks = self._landmarker.landmarks(rgb, detection.box)
        chip = face_chips(rgb, [landmarks])[0]
        face = Face(detection.box, detection.score, landmarks, measure(detection.box, landmarks, chip))
        return ReadFace(face, chip, weakness(face))
