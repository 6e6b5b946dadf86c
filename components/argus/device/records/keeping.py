"""From a look to what is kept of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from argus.core.grounds import grounds_of
from argus.core.types import Moment, Vector
from argus.device.jpeg import encode_jpeg
from argus.device.pipeline import SettledLook
from argus.device.records.values import KeptCrop, KeptLook
from argus.vision.faces import ReadFace

_JPEG_QUALITY = 95
"""A chip takes some 11 KB, a third of a PNG. Its embedding would move by 0.016, but that is kept beside it."""


def kept_look(look: SettledLook) -> KeptLook:
    """What is kept of a look."""
    grounds = None
    if look.decision is not None:
        grounds = grounds_of(look.gallery, look.template, look.false_alarm_rate, look.pending.look.poor, look.decision)
    return KeptLook(
        at=look.pending.now.captured_at,
        decided=look.decision is not None and look.visit.decision is look.decision,
        grounds=grounds,
        crops=tuple(
            kept_crop(crop.read, vector, crop.moment)
            for crop, vector in zip(look.pending.look.crops, look.vectors, strict=True)
        ),
    )


def kept_crop(read: ReadFace, vector: Vector, moment: Moment) -> KeptCrop:
    """What is kept of a face and its embedding."""
    face = read.face
    picture = jpeg(read.chip)
    return KeptCrop(picture, vector, moment.captured_at, moment.frame, face.box, face.quality, read.poor)


def jpeg(chip: NDArray[np.uint8]) -> bytes:
    """A chip, ``(150, 150, 3)`` uint8 RGB, as JPEG."""
    return encode_jpeg(chip, _JPEG_QUALITY, full_colour=True)
