"""Of which events a picture is kept, where it belongs, and what it looks like.

What is kept is the face with what is around it, as the pipeline cut it out, so that a person can be recognised by
people and as little as possible of anybody else is. No metadata goes with it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from argus.core.events import VisitEvent
from argus.core.types import RgbImage
from argus.device.jpeg import encode_jpeg
from argus.device.settings.model import SnapshotSettings
from argus.storage.open_store import bucket_and_prefix, is_folder

LONGEST_SIDE_PX = 640
JPEG_QUALITY = 85

_KINDS = {"none": (), "unknown": ("unknown",), "all": ("match", "unknown")}


def snapshot_key(event: VisitEvent, settings: SnapshotSettings) -> str | None:
    """Where the picture of an event belongs, in the bucket (or folder) of ``settings.place``; None: none is kept."""
    if event.kind not in _KINDS[settings.keep]:
        return None
    prefix = "" if is_folder(settings.place) else bucket_and_prefix(settings.place)[1]
    key = f"snapshots/{event.device.thing}/{event.captured_at:%Y/%m/%d}/{event.event_id}.jpg"
    return f"{prefix}/{key}" if prefix else key


def jpeg(rgb: RgbImage) -> bytes:
    """A picture as it is kept, ``(height, width, 3)`` uint8 RGB -> JPEG; a large one is made smaller."""
    image = Image.fromarray(rgb)
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    return encode_jpeg(np.asarray(image), JPEG_QUALITY)
