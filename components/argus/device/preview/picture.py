"""A frame and its faces -> a JPEG picture with boxes and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from argus.core.types import Box, RgbImage
from argus.device.annotate import annotate
from argus.device.jpeg import encode_jpeg
from argus.device.labels import label
from argus.device.pipeline import Shown

MAX_WIDTH_PX = 1280
"""Wider pictures are reduced by a whole factor: more than a window shows costs time only."""


def picture(rgb: RgbImage, faces: Sequence[Shown]) -> bytes:
    """``rgb`` as a JPEG, reduced where it is wide, with what is known of each face drawn onto it."""
    factor = math.ceil(rgb.shape[1] / MAX_WIDTH_PX)
    if factor > 1:
        rgb = np.asarray(Image.fromarray(rgb).reduce(factor))
    labels = [label(replace(face, box=_reduced(face.box, factor))) for face in faces]
    return encode_jpeg(annotate(rgb, labels))


def _reduced(box: Box, factor: int) -> Box:
    left, top, right, bottom = (side // factor for side in box.ltrb)
    return Box(left, top, max(left + 1, right), max(top + 1, bottom))
