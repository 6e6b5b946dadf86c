"""Between our boxes (right and bottom exclusive) and dlib's rectangles (inclusive)."""

from __future__ import annotations

import dlib

from argus.core.types import Box


def to_dlib(box: Box) -> dlib.rectangle:
    return dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)


def from_dlib(rectangle: dlib.rectangle) -> Box:
    return Box(rectangle.left(), rectangle.top(), rectangle.right() + 1, rectangle.bottom() + 1)
