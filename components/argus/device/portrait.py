"""A face with what is around it, for people to look at: of others it shows those only who stand close."""

from __future__ import annotations

import numpy as np
from PIL import Image

from argus.core.types import Box, RgbImage

_AROUND = 2.5
"""Side of what is cut out, in widths of the face: head and shoulders."""

_ENOUGH_PX = 480
"""Side of a portrait in which a person is well seen; larger ones are reduced by a whole factor to at least this."""


def cut_portrait(rgb: RgbImage, face: Box) -> RgbImage | None:
    """A picture of its own of ``face`` in ``rgb`` and what is around it; None when all of that lies outside."""
    height, width = rgb.shape[:2]
    region = face.grown(_AROUND).clipped(width, height)
    if region is None:
        return None
    part = rgb[region.top : region.bottom, region.left : region.right]
    factor = max(region.width, region.height) // _ENOUGH_PX
    return part.copy() if factor < 2 else np.asarray(Image.fromarray(part).reduce(factor))
