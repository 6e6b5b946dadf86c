"""The vocabulary: every value that flows from a camera to an event.

``Frame`` -> ``Detection`` -> ``Face`` -> ``Template`` -> ``Match`` -> visit -> event. All are frozen and
validated when they are made, so that no later step has to check them again.

Conventions: boxes are ``left, top, right, bottom`` in source pixels, right and bottom exclusive;
colours are RGB, ``uint8``; ``*_at`` is an aware UTC ``datetime``; ``*_seconds`` is a duration or a
point on a monotonic clock.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RgbImage: TypeAlias = NDArray[np.uint8]
"""A picture, ``(height, width, 3)`` uint8, RGB."""

Vector: TypeAlias = NDArray[np.float32]
"""One face embedding, ``(128,)`` float32, not normalised."""

EMBEDDING_SIZE = 128
CHIP_SIZE = 150
"""Side of the aligned face picture that the embedding network reads, in pixels."""

PLAIN_MODEL_ID = "dlib-resnet-v1"
"""dlib's own embedding: one chip, one vector."""

MIRROR_MODEL_ID = "dlib-resnet-v1m"
"""The mean of the embeddings of a chip and of its mirror image: what recognition compares."""

_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Box:
    """A rectangle in source pixels; it may reach outside the picture, but is never empty."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError(f"empty box: {self.ltrb}")

    @property
    def ltrb(self) -> tuple[int, int, int, int]:
        return (self.left, self.top, self.right, self.bottom)

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return ((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    def intersection(self, other: Box) -> int:
        """Area shared with ``other``, in square pixels."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 (apart) to 1 (the same box)."""
        shared = self.intersection(other)
        return shared / (self.area + other.area - shared)

    def clipped(self, width: int, height: int) -> Box | None:
        """The part inside a ``width`` x ``height`` picture, or None when nothing is."""
        left, top = max(0, self.left), max(0, self.top)
        right, bottom = min(width, self.right), min(height, self.bottom)
        return Box(left, top, right, bottom) if right > left and bottom > top else None

    def shifted(self, dx: float, dy: float) -> Box:
        """The same box moved by ``dx, dy`` pixels (rounded)."""
        x, y = round(dx), round(dy)
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def grown(self, factor: float) -> Box:
        """The box around the same centre with sides ``factor`` times as long."""
        x, y = self.centre
        half_width, half_height = self.width * factor / 2, self.height * factor / 2
        left, top = math.floor(x - half_width), math.floor(y - half_height)
        return Box(left, top, max(left + 1, math.ceil(x + half_width)), max(top + 1, math.ceil(y + half_height)))


@dataclass(frozen=True)
class Moment:
    """When something was seen at a camera.

    Attributes:
        frame: number of the frame at its source, from 0; gaps are dropped frames.
        at_seconds: a clock that never jumps: monotonic for a live camera, media time for a file. All durations
            come from it.
        captured_at: wall-clock time of capture, aware UTC.
    """

    frame: int
    at_seconds: float
    captured_at: datetime

    def __post_init__(self) -> None:
        if self.captured_at.utcoffset() != timedelta(0):
            raise ValueError(f"captured_at must be aware UTC, not {self.captured_at!r}")
        if self.frame < 0:
            raise ValueError(f"a frame's number must not be negative: {self.frame}")


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a camera.

    Attributes:
        camera_id: which camera; one path segment (see :mod:`argus.core.topics`).
        sequence: number of the frame at its source, from 0; gaps are dropped frames.
        captured_at: wall-clock time of capture, aware UTC.
        at_seconds: the same moment on a clock that never jumps: monotonic for a live camera,
            media time for a file. All durations come from it.
        rgb: the picture.
    """

    camera_id: str
    sequence: int
    captured_at: datetime
    at_seconds: float
    rgb: RgbImage

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.uint8:
            raise ValueError(f"rgb must be (height, width, 3) uint8, not {self.rgb.shape} {self.rgb.dtype}")
        Moment(self.sequence, self.at_seconds, self.captured_at)

    @property
    def moment(self) -> Moment:
        return Moment(self.sequence, self.at_seconds, self.captured_at)

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])


@dataclass(frozen=True)
class Detection:
    """A face found by a detector: where, and the detector's own score (higher is surer)."""

    box: Box
    score: float


Point: TypeAlias = tuple[float, float]
"""``x, y`` in source pixels."""


@dataclass(frozen=True)
class Landmarks:
    """Five points of a face, in the order of dlib's 5-point model, source pixels.

    ``points[0]``, ``points[1]``: outer and inner corner of the eye on the picture's right;
    ``points[2]``, ``points[3]``: outer and inner corner of the eye on the picture's left;
    ``points[4]``: the base of the nose.
    """

    points: tuple[Point, Point, Point, Point, Point]


@dataclass(frozen=True)
class Quality:
    """How well a face can be recognised; every measure is of the face itself, not of the picture.

    Attributes:
        face_px: shorter side of the detector's box, source pixels.
        sharpness: detail that the face holds, 0 (blurred) to 1 (crisp), at the chip's resolution.
        brightness: mean luma of the face, 0 (black) to 1 (white).
        contrast: standard deviation of the luma, 0 to 0.5.
        frontality: 1 seen from the front, towards 0 in profile, by the landmarks' symmetry.
        score: all of them as one number, 0 to 1, for choosing the best of several pictures.
    """

    face_px: int
    sharpness: float
    brightness: float
    contrast: float
    frontality: float
    score: float


@dataclass(frozen=True)
class Face:
    """A face in a picture, ready to be embedded."""

    box: Box
    score: float
    landmarks: Landmarks
    quality: Quality


@dataclass(frozen=True, eq=False)
class Template:
    """The mean of one person's embeddings (enrolled pictures, or a track's crops).

    Attributes:
        vector: ``(128,)`` float32.
        pictures: how many embeddings were averaged; decides which calibration table applies.
        model_id: what made the embeddings; templates of different models are never compared.
    """

    vector: Vector
    pictures: int
    model_id: str = MIRROR_MODEL_ID

    def __post_init__(self) -> None:
        if self.vector.shape != (EMBEDDING_SIZE,) or self.vector.dtype != np.float32:
            raise ValueError(f"vector must be ({EMBEDDING_SIZE},) float32, not {self.vector.shape} {self.vector.dtype}")
        if not np.isfinite(self.vector).all():
            raise ValueError("vector holds a number that is not finite")
        if self.pictures < 1:
            raise ValueError(f"pictures must be at least 1, not {self.pictures}")

    @classmethod
    def mean(cls, vectors: NDArray[np.float32], model_id: str = MIRROR_MODEL_ID) -> Template:
        """The template of ``vectors``, ``(n, 128)``: their unweighted mean, which the calibration was measured for."""
        if vectors.ndim != 2 or len(vectors) == 0:
            raise ValueError(f"vectors must be (n, {EMBEDDING_SIZE}) with n at least 1, not {vectors.shape}")
        return cls(vectors.mean(axis=0, dtype=np.float64).astype(np.float32), len(vectors), model_id)


@dataclass(frozen=True)
class Person:
    """Whom a template belongs to; all that a device knows about somebody.

    Attributes:
        id: stable key, at most 128 bytes of UTF-8, never empty; no ``/`` and no control characters.
        name: what to show.
        category: for example ``resident``, ``customer``, ``missing``; alerts are filtered by it.
    """

    id: str
    name: str
    category: str = "person"

    def __post_init__(self) -> None:
        for label, text, limit in (("id", self.id, 128), ("name", self.name, 256), ("category", self.category, 64)):
            if not text.strip() or len(text.encode()) > limit:
                raise ValueError(f"a person's {label} must have 1 to {limit} bytes, not {len(text.encode())}")
            if _CONTROL_CHARACTERS.search(text):
                raise ValueError(f"a person's {label} must not hold control characters")
        if "/" in self.id:
            raise ValueError(f"a person's id must not hold '/': {self.id!r}")
