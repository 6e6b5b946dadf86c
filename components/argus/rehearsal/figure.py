"""A person cut out of a portrait, to be drawn at any place, size and angle.

The cut is a soft outline of head and shoulders around the face's box, so no detector of people is needed. Where the
portrait ends below the chest, its last rows are continued, as clothes mostly would be.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from argus.rehearsal.scenario import Portrait, Pose

FINEST_FACE_PX = 192
"""Size of the face in the finest copy of the cut-out; larger faces are drawn a little soft."""

LEVELS = 4
"""Copies, each half as large as the one before: drawing a small face from a large picture would alias."""

HALF_WIDTH, ABOVE, BELOW = 2.1, 1.35, 3.4
"""How far the cut-out reaches from the centre of the face, in widths of its box."""

_OUTLINE = (
    (0.0, -1.0), (0.36, -0.92), (0.58, -0.66), (0.66, -0.25), (0.63, 0.2), (0.54, 0.52), (0.47, 0.75), (0.58, 0.95),
    (1.1, 1.25), (1.6, 1.6), (1.8, 2.1), (1.9, BELOW + 1),
)  # fmt: skip
"""The right half of the outline, from the crown down, in widths of the face's box."""

FEATHER = 0.05
"""Softness of the outline, in widths of the face's box."""

SMALLEST_BLUR_PX = 0.2
"""Less would not be seen, and costs as much as more."""


class Layer(NamedTuple):
    """A drawn figure: colours multiplied by ``alpha``, and its upper left corner in the frame."""

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    left: int
    top: int


class Figure:
    """A portrait's person, prepared to be drawn quickly."""

    def __init__(self, portrait: Portrait) -> None:
        finest = _cut_out(portrait)
        self._levels = [finest]
        for _ in range(LEVELS - 1):
            self._levels.append(self._levels[-1].reduce(2))

    def draw(self, pose: Pose, motion: tuple[float, float], width: int, height: int) -> Layer | None:
        """The figure as a frame of ``width`` x ``height`` sees it, or None when nothing of it is inside.

        Args:
            pose: where and how.
            motion: pixels moved right and down while the shutter is open; the smear is a rectangle of these sides,
                which is right along an axis and a little too strong across.
            width: of the frame.
            height: of the frame.
        """
        smear = (abs(motion[0]) / 2, abs(motion[1]) / 2)
        margin = math.ceil(max(smear) + 3 * pose.defocus_px)
        left, top, right, bottom = _reach(pose)
        left, right = max(left, -margin), min(right, width + margin)
        top, bottom = max(top, -margin), min(bottom, height + margin)
        if right - left <= 2 * margin or bottom - top <= 2 * margin:
            return None
        image = self._place(pose, left, top, right - left, bottom - top)
        if max(smear) > SMALLEST_BLUR_PX:
            image = image.filter(ImageFilter.BoxBlur(smear))
        if pose.defocus_px > SMALLEST_BLUR_PX:
            image = image.filter(ImageFilter.GaussianBlur(pose.defocus_px))
        # The blurs at the frame's edges used up the margin.
        rgba = np.asarray(image)[margin : image.height - margin, margin : image.width - margin]
        return Layer(lit(rgba[..., :3], pose.light), rgba[..., 3], left + margin, top + margin)

    def _place(self, pose: Pose, left: int, top: int, width: int, height: int) -> Image.Image:
        """The cut-out turned, scaled and moved: for every pixel of the result, the place it comes from."""
        wanted = FINEST_FACE_PX / pose.face_px
        level = min(LEVELS - 1, max(0, math.floor(math.log2(max(wanted, 1e-6)) + 0.25)))
        source = self._levels[level]
        scale = wanted / 2**level
        face = FINEST_FACE_PX / 2**level
        angle = math.radians(pose.rotation_degrees)
        a, b = scale * math.cos(angle), -scale * math.sin(angle)
        d, e = scale * math.sin(angle), scale * math.cos(angle)
        dx, dy = left - pose.x, top - pose.y
        c = a * dx + b * dy + face * HALF_WIDTH
        f = d * dx + e * dy + face * ABOVE
        return source.transform((width, height), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR)


def lit(rgb: NDArray[np.uint8], light: float) -> NDArray[np.uint8]:
    """Colours under ``light`` times as much light; what is too bright is white."""
    if light == 1.0:
        return rgb
    table = np.minimum(np.rint(np.arange(256) * light), 255).astype(np.uint8)
    # Of all ways to look up bytes in a table the fastest.
    return np.frombuffer(rgb.tobytes().translate(table.tobytes()), np.uint8).reshape(rgb.shape)


def _cut_out(portrait: Portrait) -> Image.Image:
    """Head and shoulders with a soft outline, colours multiplied by alpha (mode ``RGBa``)."""
    height, width = portrait.rgb.shape[:2]
    face_px = min(portrait.face.width, portrait.face.height)
    x, y = portrait.face.centre
    scale = face_px / FINEST_FACE_PX
    size = (round(2 * HALF_WIDTH * FINEST_FACE_PX), round((ABOVE + BELOW) * FINEST_FACE_PX))
    # Columns and rows of the portrait, its edges continued outside.
    columns = np.clip(np.rint(x - HALF_WIDTH * face_px + scale * (np.arange(size[0]) + 0.5)), 0, width - 1)
    rows = np.clip(np.rint(y - ABOVE * face_px + scale * (np.arange(size[1]) + 0.5)), 0, height - 1)
    source = portrait.rgb
    if scale > 1:  # average before thinning out, or fine detail turns to noise
        source = np.asarray(Image.fromarray(source).filter(ImageFilter.GaussianBlur(scale / 2)))
    picked = source[rows.astype(np.intp)][:, columns.astype(np.intp)]
    image = Image.fromarray(np.ascontiguousarray(picked)).convert("RGBA")
    image.putalpha(_outline(size))
    return image.convert("RGBa")


def _outline(size: tuple[int, int]) -> Image.Image:
    half = [(side, down) for side, down in _OUTLINE]
    around = half + [(-side, down) for side, down in reversed(half)]
    mask = Image.new("L", size)
    points = [((side + HALF_WIDTH) * FINEST_FACE_PX, (down + ABOVE) * FINEST_FACE_PX) for side, down in around]
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(FEATHER * FINEST_FACE_PX))


def _reach(pose: Pose) -> tuple[int, int, int, int]:
    """The rectangle of the frame that the turned cut-out fills: left, top, right, bottom."""
    angle = math.radians(pose.rotation_degrees)
    corners = [(x, y) for x in (-HALF_WIDTH, HALF_WIDTH) for y in (-ABOVE, BELOW)]
    across = [pose.x + pose.face_px * (x * math.cos(angle) + y * math.sin(angle)) for x, y in corners]
    down = [pose.y + pose.face_px * (y * math.cos(angle) - x * math.sin(angle)) for x, y in corners]
    return math.floor(min(across)), math.floor(min(down)), math.ceil(max(across)), math.ceil(max(down))
