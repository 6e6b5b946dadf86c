"""Aligned face pictures, cut exactly as dlib's embedding network was trained on them."""

from __future__ import annotations

from collections.abc import Sequence

import dlib
import numpy as np
from numpy.typing import NDArray

from argus.core.types import CHIP_SIZE, Landmarks, RgbImage

CHIP_PADDING = 0.25
"""Margin around the face, as a share of its size; the network was trained with it."""


def face_chips(rgb: RgbImage, faces: Sequence[Landmarks]) -> NDArray[np.uint8]:
    """One chip a face: turned upright, scaled and cut by its landmarks.

    Args:
        rgb: ``(height, width, 3)`` uint8.
        faces: landmarks in ``rgb``; what they reach outside it is black.

    Returns:
        ``(n, 150, 150, 3)`` uint8 RGB.
    """
    if not faces:
        return np.empty((0, CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    details = dlib.full_object_detections()
    details.extend([_full_object_detection(face) for face in faces])
    return np.stack(dlib.get_face_chips(np.ascontiguousarray(rgb), details, size=CHIP_SIZE, padding=CHIP_PADDING))


def check_chips(chips: NDArray[np.uint8]) -> None:
    """Raises ValueError unless ``chips`` is ``(n, 150, 150, 3)`` uint8."""
    if chips.ndim != 4 or chips.shape[1:] != (CHIP_SIZE, CHIP_SIZE, 3) or chips.dtype != np.uint8:
        raise ValueError(f"chips must be (n, {CHIP_SIZE}, {CHIP_SIZE}, 3) uint8, not {chips.shape} {chips.dtype}")


def _full_object_detection(face: Landmarks) -> dlib.full_object_detection:
    """dlib takes the landmarks alone into account; the rectangle is only carried along."""
    points = [dlib.point(round(x), round(y)) for x, y in face.points]
    return dlib.full_object_detection(dlib.rectangle(0, 0, 0, 0), points)
