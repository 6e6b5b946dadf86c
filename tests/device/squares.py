"""Small fakes of the networks for tests of what goes around them: a face is a grey square, and its level says whose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from argus.core.events import CollectionUsed
from argus.core.ids import IdMaker
from argus.core.matching import Gallery, Reason
from argus.core.types import (
    CHIP_SIZE,
    EMBEDDING_SIZE,
    MIRROR_MODEL_ID,
    Box,
    Detection,
    Face,
    Frame,
    Landmarks,
    Quality,
    RgbImage,
)
from argus.core.visits import VisitBook
from argus.device.people import Recognised
from argus.device.pipeline import CameraPipeline
from argus.device.search import FaceSearch
from argus.vision.faces import FaceReader, ReadFace
from tests.core.measures import NOON, at, entry, flat_calibration

FPS = 25
ADA, STRANGER, TURNED = 200, 120, 60
"""Levels of the squares; the turned face is too poor to call anybody a stranger."""

HERE, THERE = Box(100, 100, 200, 200), Box(400, 100, 500, 200)


class SquareScanner:
    """Finds whole squares."""

    def scan(self, rgb: RgbImage, scales: Sequence[float]) -> list[Detection]:
        found = []
        for level in (ADA, STRANGER, TURNED):
            rows, columns = np.nonzero(rgb[:, :, 0] == level)
            if len(rows):
                box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
                found.append(Detection(box, 1.0))
        return found


class NoLandmarks:
    def landmarks(self, rgb: RgbImage, box: Box) -> Landmarks:
        raise NotImplementedError


class SquareReader(FaceReader):
    """A chip of the square's level; counts what it read."""

    def __init__(self) -> None:
        super().__init__(NoLandmarks())
        self.count = 0

    def read(self, rgb: RgbImage, detection: Detection) -> ReadFace:
        self.count += 1
        x, y = (round(value) for value in detection.box.centre)
        level = int(rgb[y, x, 0])
        chip = np.full((CHIP_SIZE, CHIP_SIZE, 3), level, dtype=np.uint8)
        landmarks = Landmarks(((0, 0), (0, 0), (0, 0), (0, 0), (0, 0)))
        quality = Quality(detection.box.width, 1.0, 0.5, 0.2, 1.0, 0.8)
        poor = Reason.TURNED if level == TURNED else None
        return ReadFace(Face(detection.box, 1.0, landmarks, quality), chip, poor)


@dataclass
class LevelEmbedder:
    """Every level its own direction, far from all others."""

    model_id: str = MIRROR_MODEL_ID
    batches: list[int] = field(default_factory=list)

    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(len(chips))
        vectors = np.zeros((len(chips), EMBEDDING_SIZE), np.float32)
        vectors[np.arange(len(chips)), chips[:, 0, 0, 0] // 10] = 1.0
        return vectors


@dataclass
class Film:
    """Frames out of what is seen in each; a number is a wall of that level."""

    seen: Iterable[dict[Box, int]]
    wall: int = 20
    fps: float = FPS

    def frames(self) -> Iterator[Frame]:
        for number, squares in enumerate(self.seen):
            rgb = np.full((360, 640, 3), self.wall, dtype=np.uint8)
            for box, level in squares.items():
                rgb[box.top : box.bottom, box.left : box.right] = level
            # One corner is always moving, so that frames are not passed over.
            rgb[340:, 600:] = 255 * (number % 2)
            at_seconds = number / self.fps
            yield Frame("porch", number, NOON + timedelta(seconds=at_seconds), at_seconds, rgb)

    def close(self) -> None:
        pass


def square_pipeline(make_id: IdMaker, reader: FaceReader | None = None, gap_seconds: float = 10.0) -> CameraPipeline:
    """Finds and reads squares."""
    book = VisitBook(flat_calibration(), make_id, gap_seconds)
    return CameraPipeline(FaceSearch(SquareScanner()), reader or SquareReader(), book, 0.01)


def ada_enrolled() -> Recognised:
    """The squares of level ADA are Ada's; all others are strangers'."""
    gallery = Gallery([entry("ada", at(ADA // 10, 1.0))], flat_calibration())
    return Recognised(gallery, CollectionUsed("c", "0" * 64, 1, MIRROR_MODEL_ID))
