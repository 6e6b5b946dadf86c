"""Boxes and names drawn onto a picture, for people to look at."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from argus.core.types import Box, RgbImage


class Colour(Enum):
    """What is known of a face; the value is its colour, told apart by colour-blind people too (Okabe and Ito)."""

    MATCH = (0, 158, 115)
    UNKNOWN = (213, 94, 0)
    UNCERTAIN = (230, 159, 0)
    GATHERING = (160, 170, 180)


@dataclass(frozen=True)
class Label:
    """One face: where it is, what to write on it (nothing when empty), and what is known."""

    box: Box
    text: str
    colour: Colour


_WHITE = (255, 255, 255)
_SHADE = (0, 0, 0, 150)
_ELLIPSIS = "..."


def annotate(rgb: RgbImage, labels: Sequence[Label], status: str = "") -> RgbImage:
    """A copy of ``rgb`` with a frame and a name tag for each label, and ``status`` in a line at the bottom.

    Sizes follow the picture's. Pillow's own font holds the unaccented Latin letters: accents are left out, and letters
    of other scripts show as boxes.
    """
    image = Image.fromarray(rgb)
    draw = ImageDraw.Draw(image, "RGBA")
    unit = max(1, round(min(image.size) / 240))
    font = _font(max(10, round(min(image.size) / 24)))
    for label in labels:
        _draw_box(draw, label, unit)
    for label in labels:  # tags last, so that no box crosses a name
        if label.text:
            _draw_tag(draw, label, image.size, unit, font)
    if status:
        _draw_status(draw, status, image.size, unit, font)
    return np.array(image)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _draw_box(draw: ImageDraw.ImageDraw, label: Label, unit: int) -> None:
    left, top, right, bottom = label.box.ltrb
    radius = min(label.box.width, label.box.height) // 8
    around = (left - unit, top - unit, right - 1 + unit, bottom - 1 + unit)
    draw.rounded_rectangle(around, radius, outline=(0, 0, 0, 110), width=unit * 3)
    draw.rounded_rectangle(label.box.ltrb, radius, outline=label.colour.value, width=unit)


def _draw_tag(
    draw: ImageDraw.ImageDraw,
    label: Label,
    size: tuple[int, int],
    unit: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """The name over the box, or under it where there is no room; always inside the picture."""
    pad = unit * 3
    text = _shortened(draw, label.text, font, size[0] - 4 * pad)
    width, height = round(draw.textlength(text, font)) + 2 * pad, _line_height(draw, font) + pad
    left = max(0, min(label.box.left, size[0] - width))
    top = label.box.top - height - unit
    if top < 0:
        top = min(label.box.bottom + unit, size[1] - height)
    draw.rounded_rectangle((left, top, left + width, top + height), pad, fill=label.colour.value)
    draw.text((left + pad, top + height / 2), text, fill=_WHITE, font=font, anchor="lm")


def _draw_status(
    draw: ImageDraw.ImageDraw,
    status: str,
    size: tuple[int, int],
    unit: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    pad = unit * 3
    top = size[1] - _line_height(draw, font) - 2 * pad
    draw.rectangle((0, top, size[0], size[1]), fill=_SHADE)
    text = _shortened(draw, status, font, size[0] - 4 * pad)
    draw.text((2 * pad, (top + size[1]) / 2), text, fill=_WHITE, font=font, anchor="lm")


def _line_height(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    _, top, _, bottom = draw.textbbox((0, 0), "Ág", font)
    return round(bottom - top)


def _shortened(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float
) -> str:
    """``text`` in one line that the font can write, cut with dots where it is wider than ``width`` pixels."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()).replace("ß", "ss"))
    text = "".join(character for character in decomposed if not unicodedata.combining(character))
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(text + _ELLIPSIS, font) > width:
        text = text[:-1]
    return text + _ELLIPSIS
