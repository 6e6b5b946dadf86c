"""A room to walk through, drawn by chance: wall, floor, door, pictures, a shelf; slightly out of focus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from argus.core.types import RgbImage

BLUR_SHARE = 1 / 400
"""Blur of the background, as a share of the width: the camera is focused on people."""


def draw_backdrop(number: int, width: int, height: int) -> RgbImage:
    """The background ``number``, ``(height, width, 3)`` uint8; the same number always gives the same picture."""
    rng = np.random.default_rng((number, width, height))
    image = Image.fromarray(_wall(rng, width, height))
    draw = ImageDraw.Draw(image)
    floor = round(height * rng.uniform(0.78, 0.88))
    draw.rectangle((0, floor, width, height), fill=_colour(rng, 60, 120))
    draw.rectangle((0, floor - height // 60, width, floor), fill=_colour(rng, 170, 220))
    _door(rng, draw, width, height, floor)
    for _ in range(int(rng.integers(2, 5))):
        _picture(rng, draw, width, height)
    _shelf(rng, draw, width, height)
    image = image.filter(ImageFilter.GaussianBlur(width * BLUR_SHARE))
    lit = np.asarray(image) + _light_and_texture(rng, width, height)
    return lit.clip(0, 255).astype(np.uint8)


def _colour(rng: np.random.Generator, low: int, high: int) -> tuple[int, int, int]:
    """A muted colour: one brightness, a little of a hue."""
    level = rng.uniform(low, high)
    red, green, blue = (int(np.clip(level + shift, 0, 255)) for shift in rng.uniform(-22, 22, 3))
    return red, green, blue


def _wall(rng: np.random.Generator, width: int, height: int) -> RgbImage:
    corners = np.array([_colour(rng, 120, 200) for _ in range(2)], dtype=np.float64)
    share = np.linspace(0, 1, width)[None, :, None]
    return np.broadcast_to(corners[0] * (1 - share) + corners[1] * share, (height, width, 3)).astype(np.uint8)


def _door(rng: np.random.Generator, draw: ImageDraw.ImageDraw, width: int, height: int, floor: int) -> None:
    left, top = rng.uniform(0.02, 0.8) * width, rng.uniform(0.08, 0.2) * height
    right = left + 0.17 * width
    draw.rectangle((left, top, right, floor), fill=_colour(rng, 70, 150), outline=_colour(rng, 190, 230), width=4)
    draw.ellipse((right - 0.025 * width, 0.52 * height, right - 0.012 * width, 0.545 * height), fill=(200, 190, 150))


def _picture(rng: np.random.Generator, draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    left, top = rng.uniform(0, 0.9) * width, rng.uniform(0.05, 0.35) * height
    box = (left, top, left + rng.uniform(0.06, 0.16) * width, top + rng.uniform(0.1, 0.25) * height)
    draw.rectangle(box, fill=_colour(rng, 90, 220), outline=_colour(rng, 30, 80), width=3)
    middle = (box[0] + 6, (box[1] + box[3]) / 2, box[2] - 6, box[3] - 6)
    if middle[2] > middle[0] and middle[3] > middle[1]:
        draw.rectangle(middle, fill=_colour(rng, 60, 160))


def _shelf(rng: np.random.Generator, draw: ImageDraw.ImageDraw, width: int, height: int) -> None:
    x, board = rng.uniform(0, 0.6) * width, rng.uniform(0.55, 0.7) * height
    end = x + rng.uniform(0.2, 0.35) * width
    draw.rectangle((x, board, end, board + height / 50), fill=_colour(rng, 60, 110))
    while x < end - 0.02 * width:
        thickness, tall = rng.uniform(0.01, 0.022) * width, rng.uniform(0.08, 0.14) * height
        draw.rectangle((x, board - tall, x + thickness, board), fill=_colour(rng, 50, 200))
        x += thickness + 1


def _light_and_texture(rng: np.random.Generator, width: int, height: int) -> NDArray[np.float64]:
    """Soft shades of an uneven light, and a fine grain of the surfaces; levels, ``(height, width, 1)``."""
    coarse = Image.fromarray(rng.normal(0, 14, (5, 8)).astype(np.float32))
    shades = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return (shades + rng.normal(0, 1.5, (height, width)))[..., None]
