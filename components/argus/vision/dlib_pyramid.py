"""How dlib lays an image pyramid out on one canvas, and how its coordinates go from level to level.

Every level is 5/6 of the one before. The levels stand in a column with 10 px between them and 11 px
around; where the rest fits beside the column it turns back upwards along the right edge, until it would meet the
picture itself. The phase of the detector's stride on each level follows from this layout and
decides ties between neighbouring windows, so finding dlib's very boxes takes dlib's very layout.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from argus.core.types import Box

GAP = 10
MARGIN = 11
RATE = 5 / 6
_MIN_HEIGHT = 5
"""Levels lower than this are left out."""


@dataclass(frozen=True)
class Layout:
    """Where each level lies on the canvas, largest first; all in canvas pixels."""

    width: int
    height: int
    levels: tuple[Box, ...]


def layout(width: int, height: int) -> Layout:
    """dlib's layout for a ``width`` x ``height`` picture."""
    sizes = _level_sizes(width, height)
    column = _column_length(sizes)
    column_height = sum(level_height + GAP for _, level_height in sizes[:column]) - GAP
    levels = []
    y = MARGIN
    for level_width, level_height in sizes[:column]:
        levels.append(Box(MARGIN, y, MARGIN + level_width, y + level_height))
        y += level_height + GAP
    right, bottom = MARGIN + width, MARGIN + column_height
    for level_width, level_height in sizes[column:]:
        level = Box(right - level_width, bottom - level_height, right, bottom)
        if level.intersection(levels[0]):
            break
        levels.append(level)
        bottom -= level_height + GAP
    return Layout(width + 2 * MARGIN, column_height + 2 * MARGIN, tuple(levels))


def _level_sizes(width: int, height: int) -> list[tuple[int, int]]:
    sizes = [(width, height)]
    while True:
        width, height = math.floor(RATE * width), math.floor(RATE * height)
        if width == 0 or height < _MIN_HEIGHT:
            return sizes
        sizes.append((width, height))


def _column_length(sizes: Sequence[tuple[int, int]]) -> int:
    """How many levels stand in the left column: at least half of the rest, and until the next fits beside the last."""
    first_width, first_height = sizes[0]
    total_height = sum(height + GAP for _, height in sizes) - 2 * GAP
    column_height = previous_width = 0
    for index, (width, height) in enumerate(sizes):
        fits_beside = width <= first_width - previous_width - GAP
        if fits_beside and 2 * (column_height - first_height) >= total_height - first_height:
            return index
        column_height += height + GAP
        previous_width = width
    return len(sizes)


def to_picture(coordinate: float, level: int) -> float:
    """A coordinate within a level, in pixels of the picture."""
    for _ in range(level):
        coordinate = coordinate / RATE + 0.3
    return coordinate


def upsampled_size(width: int, height: int) -> tuple[int, int]:
    """The size that dlib doubles a picture to."""
    return 2 * width + 2, 2 * height + 1


def from_upsampled(x: float, y: float, times: int) -> tuple[float, float]:
    """A point of a picture that was doubled ``times`` times, in pixels of the original."""
    for _ in range(times):
        x, y = x / 2 - 1.25, y / 2 - 0.75
    return x, y
