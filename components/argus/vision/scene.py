"""Is anything moving, and is it still the same scene?

Both answers come from a small grid of block means, so that a still scene costs a fraction of a millisecond and
sensor noise averages out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from argus.core.types import RgbImage

_GRID_WIDTH = 160
"""Blocks across the picture: a face of 40 px in a 640 px wide picture covers about a hundred of them."""

_CHANGED_LEVELS = 10
"""A block has changed when its mean green differs by more of the 256 levels: 3.5 deviations of a noise of 8
levels a pixel, averaged over 4 x 4."""

_MOVING_SHARE = 0.003
"""Motion: the share of changed blocks, half of what a 40 px face covers in a 640 x 360 picture."""

_CUT_SHARE = 0.4
_CUT_HISTOGRAM = 0.04
"""A cut changes at least so many blocks between two frames, and moves so much of the colour histogram's mass (a
panning camera changes blocks, but hardly the histogram). Chosen to rather see one too many: a cut that is not one
costs a scan, one that is missed may join two people."""


@dataclass(frozen=True)
class Scene:
    """What a frame is, compared with those before."""

    moving: bool
    cut: bool


class SceneGate:
    """Watches one camera's frames, in order."""

    def __init__(self) -> None:
        self._previous: RgbImage | None = None
        self._reference: NDArray[np.int16] | None = None

    def observe(self, rgb: RgbImage) -> Scene:
        """Judges the next frame; the first one is a cut."""
        height, width = rgb.shape[:2]
        picture = Image.frombuffer("RGB", (width, height), np.ascontiguousarray(rgb), "raw", "RGB", 0, 1)
        small = np.asarray(picture.reduce(max(1, width // _GRID_WIDTH)))
        grid = _green(small)
        previous, self._previous = self._previous, small
        if previous is None or self._reference is None or previous.shape != small.shape:
            self._reference = grid
            return Scene(moving=True, cut=True)
        changed = _changed_share(grid, _green(previous)) > _CUT_SHARE
        cut = changed and _recoloured_share(small, previous) > _CUT_HISTOGRAM
        # Against the last frame that moved, not the last frame: slow motion adds up until it is seen.
        moving = cut or _changed_share(grid, self._reference) > _MOVING_SHARE
        if moving:
            self._reference = grid
        return Scene(moving, cut)


def _green(small: RgbImage) -> NDArray[np.int16]:
    return small[:, :, 1].astype(np.int16)


def _recoloured_share(one: RgbImage, other: RgbImage) -> float:
    """How much of the colour histogram's mass is elsewhere."""
    return float(np.abs(_colour_histogram(one) - _colour_histogram(other)).sum()) / 2


def _colour_histogram(rgb: RgbImage) -> NDArray[np.float64]:
    """Shares of 4 x 4 x 4 colours."""
    quarter = rgb >> 6
    index = quarter[..., 0] << 4 | quarter[..., 1] << 2 | quarter[..., 2]
    return np.bincount(index.ravel(), minlength=64) / index.size


def _changed_share(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float(np.count_nonzero(np.abs(one - other) > _CHANGED_LEVELS)) / one.size
