"""How well a face can be recognised, from its box, landmarks and chip: about 0.2 ms.

The gates are lenient and round: they refuse what nobody should be enrolled from or called a stranger by, and let
everything else compete by score. Measured on 700 faces of press photos (Labeled Faces in the Wild): together
they pass 99 % of them; the figures beside the constants are the 1st or 99th percentile there.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from argus.core.matching import Reason
from argus.core.types import Box, Face, Landmarks, Quality

MIN_FACE_PX = 50
"""A smaller face is enlarged more than twice for its chip, in which it is some 100 px wide."""

MIN_SHARPNESS = 0.35
"""Press photos 0.47; blurred by a Gaussian of 5 px at the chip's scale, when nobody is recognised any more, 0.36 at
most and 0.28 in the middle."""

MIN_BRIGHTNESS, MAX_BRIGHTNESS = 0.12, 0.90
"""Press photos 0.29 and 0.71."""

MIN_CONTRAST = 0.03
"""Press photos 0.08; what is flatter is fog, glare or night."""

MIN_FRONTALITY = 0.02
"""Press photos 0.1: here the base of the nose stands outside the eyes, or one eye cannot be seen."""

SURE_SCORE = 0.97
UNSURE_FRONTALITY = 0.65
"""In a full profile the landmarks are guesses, which may look half frontal (0.2 to 0.6 measured). But the CNN mostly
scores it under 1, the margin that it was trained to keep: 8 of 11 frames of a man in profile, 10 of 11 with the
detector's window at another phase. A face with such a score must at least look frontal. The others get through.

Both numbers were set on press photos and one clip, and are fragile: a little more or less of a picture around a face
moves its score. Five landmarks allow nothing better, for on a profile they are placed as if it were a frontal face."""

FULL_SIZE_PX = 100.0
FULL_SHARPNESS = 0.6
"""From here on more adds nothing to the score: the chip's own size; the middle of press photos."""

_FACE = slice(25, 125)
"""The part of the chip's rows and columns that is face and not surroundings."""

_BLUR_PX = 9
"""Length of the low-pass filter that the sharpness measure compares with."""


def measure(box: Box, landmarks: Landmarks, chip: NDArray[np.uint8]) -> Quality:
    """The quality of a face.

    Args:
        box: the detector's, source pixels.
        landmarks: source pixels.
        chip: ``(150, 150, 3)`` uint8 RGB.
    """
    luma = _luma(chip)
    face_px = min(box.width, box.height)
    sharpness = _sharpness(luma)
    brightness, contrast = float(luma.mean()), float(luma.std())
    frontality = _frontality(landmarks)
    light = 1 - (2 * brightness - 1) ** 2
    size = min(1.0, face_px / FULL_SIZE_PX)
    score = size * min(1.0, sharpness / FULL_SHARPNESS) * light * frontality
    return Quality(face_px, sharpness, brightness, contrast, frontality, score)


def weakness(face: Face) -> Reason | None:
    """What makes the face too poor to be enrolled or to be called a stranger, if anything; the gravest first."""
    quality = face.quality
    low_contrast = quality.contrast < MIN_CONTRAST
    needed = MIN_FRONTALITY if face.score >= SURE_SCORE else UNSURE_FRONTALITY
    if quality.face_px < MIN_FACE_PX:
        return Reason.SMALL
    if quality.brightness < MIN_BRIGHTNESS or (low_contrast and quality.brightness < 0.5):
        return Reason.DARK
    if quality.brightness > MAX_BRIGHTNESS or low_contrast:
        return Reason.BRIGHT
    if quality.sharpness < MIN_SHARPNESS:
        return Reason.BLURRED
    if quality.frontality < needed:
        return Reason.TURNED
    return None


def _luma(chip: NDArray[np.uint8]) -> NDArray[np.float32]:
    """``(50, 50)`` float32, 0 to 1, of the chip's face at half its scale: noise averages out, and a face of 50 px
    is measured as one of 500 px is."""
    face = Image.fromarray(chip[_FACE, _FACE]).convert("L").reduce(2)
    luma: NDArray[np.float32] = np.asarray(face, np.float32) / np.float32(255)
    return luma


def _sharpness(luma: NDArray[np.float32]) -> float:
    """How much of the variation between neighbours a low-pass filter takes away, 0 to 1, in the blurrier direction.

    After Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric"
    (2007): blurring what is blurred already changes little. Does not depend on brightness or contrast.
    """
    return min(_lost_to_blur(luma), _lost_to_blur(luma.T))


def _lost_to_blur(luma: NDArray[np.float32]) -> float:
    sums = np.cumsum(luma, axis=1, dtype=np.float64)
    blurred = (sums[:, _BLUR_PX:] - sums[:, :-_BLUR_PX]) / _BLUR_PX
    margin = _BLUR_PX // 2 + 1
    variation = np.abs(np.diff(luma[:, margin : margin + blurred.shape[1]], axis=1))
    lost = np.maximum(variation - np.abs(np.diff(blurred, axis=1)), 0)
    return float(lost.sum() / max(float(variation.sum()), 1e-6))


def nose_offset(landmarks: Landmarks) -> float:
    """How far the nose's base is from the middle between the eyes, along their line and in shares of their distance:
    positive where the face is turned to the right of the picture, 0 seen from the front, infinite without a line."""
    points = np.array(landmarks.points)
    eyes = points[[0, 2]] + points[[1, 3]]
    middle, axis = eyes.sum(axis=0) / 4, (eyes[0] - eyes[1]) / 2
    distance = math.hypot(*axis)
    return float(np.dot(points[4] - middle, axis)) / distance**2 if distance else math.inf


def _frontality(landmarks: Landmarks) -> float:
    """1 when the nose's base is half-way between the eyes and both eyes are equally wide, down to 0."""
    points = landmarks.points
    widths = sorted((math.dist(points[0], points[1]), math.dist(points[2], points[3])))
    if widths[1] == 0:
        return 0.0
    return max(0.0, 1 - 2 * abs(nose_offset(landmarks))) * widths[0] / widths[1]
