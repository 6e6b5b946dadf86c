"""Pictures for people as JPEG."""

from __future__ import annotations

import io

from PIL import Image

from argus.core.types import RgbImage

_QUALITY = 80


def encode_jpeg(rgb: RgbImage) -> bytes:
    """``rgb`` at a quality for looking at; what is recognised or kept as a record needs a better one."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
