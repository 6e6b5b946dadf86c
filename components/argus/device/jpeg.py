"""Pictures as JPEG, without metadata."""

from __future__ import annotations

import io

from PIL import Image

from argus.core.types import RgbImage

FOR_PEOPLE = 80
"""The quality for looking at; what is recognised or kept as a record needs a better one."""


def encode_jpeg(rgb: RgbImage, quality: int = FOR_PEOPLE, *, full_colour: bool = False) -> bytes:
    """``(height, width, 3)`` uint8 RGB as JPEG.

    Args:
        full_colour: keeps the colour of every pixel, instead of what the encoder does by itself (one for four).
    """
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality, subsampling=0 if full_colour else -1)
    return buffer.getvalue()
