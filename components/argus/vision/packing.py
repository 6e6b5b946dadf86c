"""Packs rectangles onto a small canvas: the skyline method, lowest position first.

The skyline is the upper contour of what is placed so far, as segments from left to right; each rectangle goes
where its top edge ends lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Size = tuple[int, int]
"""Width and height, pixels."""


@dataclass(frozen=True)
class Packing:
    """A canvas and the top left corner of each rectangle on it, in the order they were given; pixels."""

    width: int
    height: int
    corners: tuple[tuple[int, int], ...]


@lru_cache(maxsize=256)
def pack(sizes: tuple[Size, ...], *, gap: int, margin: int) -> Packing:
    """The smallest canvas among those as wide as the first k rectangles side by side, for every k.

    Args:
        sizes: of the rectangles, best from the highest to the lowest; at least one.
        gap: pixels between any two.
        margin: pixels between a rectangle and the canvas's edge.

    On image pyramids a fifth of the canvas stays empty, gaps and margins included, as in dlib's own layout.
    """
    widths = {max(width for width, _ in sizes)}
    total = -gap
    for width, _ in sizes:
        total += width + gap
        widths.add(max(total, *widths))
    packings = [_pack_within(sizes, width, gap, margin) for width in sorted(widths)]
    return min(packings, key=lambda packing: packing.width * packing.height)


def _pack_within(sizes: Sequence[Size], strip: int, gap: int, margin: int) -> Packing:
    skyline = [(0, 0, strip + gap)]  # x, height, width of each segment; a gap is kept right of and below everything
    corners = []
    for width, height in sizes:
        x, y = _lowest(skyline, width + gap)
        corners.append((margin + x, margin + y))
        skyline = _raised(skyline, x, width + gap, y + height + gap)
    bottom = max(y + size[1] for (_, y), size in zip(corners, sizes, strict=True))
    right = max(x + size[0] for (x, _), size in zip(corners, sizes, strict=True))
    return Packing(right + margin, bottom + margin, tuple(corners))


def _lowest(skyline: Sequence[tuple[int, int, int]], width: int) -> tuple[int, int]:
    """The place for a rectangle of ``width``: the left edge of a segment where it comes to lie lowest."""
    end = skyline[-1][0] + skyline[-1][2]
    places = []
    for left, _, _ in skyline:
        if left + width <= end:
            under = [height for x, height, length in skyline if x < left + width and x + length > left]
            places.append((max(under), left))
    y, x = min(places)
    return x, y


def _raised(
    skyline: Sequence[tuple[int, int, int]], left: int, width: int, height: int
) -> list[tuple[int, int, int]]:
    """The skyline after a rectangle was put over ``left`` to ``left + width``."""
    right = left + width
    raised = [(left, height, width)]
    for x, segment_height, length in skyline:
        if x < left:
            raised.append((x, segment_height, min(length, left - x)))
        if x + length > right:
            start = max(x, right)
            raised.append((start, segment_height, x + length - start))
    return sorted(raised)
