"""Which level of an image pyramid a point of the canvas belongs to."""

from __future__ import annotations

import math
from collections.abc import Sequence

from argus.core.types import Box


def nearest_level(levels: Sequence[Box], x: int, y: int) -> int:
    """Index of the level that holds canvas pixel ``x, y``, or else of the one nearest to it."""
    return min(range(len(levels)), key=lambda index: _distance(levels[index], x, y))


def _distance(box: Box, x: int, y: int) -> float:
    dx = max(box.left - x, 0, x - (box.right - 1))
    dy = max(box.top - y, 0, y - (box.bottom - 1))
    return math.hypot(dx, dy)
