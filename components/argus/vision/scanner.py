"""The CNN detector for video: the same network, at the scales that the caller chooses.

Its boxes are those of dlib's detector up to the phase of the network's stride (8 px on a level), which decides
ties between neighbouring windows: a box may lie some pixels beside dlib's.
"""

from __future__ import annotations

from collections.abc import Sequence

from argus.core.types import Box, Detection, RgbImage
from argus.vision.levels import nearest_level
from argus.vision.mmod import MmodNetwork, Planes, Windows, to_planes
from argus.vision.model_store import ModelStore
from argus.vision.packing import Packing, pack

STEP = 6 / 5
"""Between neighbouring levels of dlib's pyramid; at this step no face size falls between two levels."""

_GAP = 10
_MARGIN = 11
"""Empty pixels between levels and around them, as in dlib's layout: a window centred there would find half a face."""
_MIN_SIDE = 5


def face_scales(smallest_px: float, largest_px: float, *, window_px: float = 80) -> list[float]:
    """The scales at which faces of ``smallest_px`` to ``largest_px`` are found, finest first.

    ``smallest_px`` fixes the first scale, 80 / smallest_px: cost grows with its square.
    """
    if not 0 < smallest_px <= largest_px:
        raise ValueError(f"smallest_px must be above 0 and at most largest_px: {smallest_px}, {largest_px}")
    scales = [window_px / smallest_px]
    while scales[-1] * largest_px > window_px * STEP:
        scales.append(scales[-1] / STEP)
    return scales


class PyramidScanner:
    """The port :class:`argus.core.ports.Scanner`; safe to use from several threads."""

    def __init__(self, store: ModelStore, *, threads: int = 1) -> None:
        """Loads the network.

        Raises:
            ModelError: its file is missing or damaged.
        """
        self._network = MmodNetwork(store, threads=threads)

    def scan(self, rgb: RgbImage, scales: Sequence[float]) -> list[Detection]:
        """Faces of about 80 / scale pixels for each of the scales, best score first; see the port.

        Levels that would be smaller than 5 px are left out.
        """
        if any(scale <= 0 for scale in scales):
            raise ValueError(f"scales must be above 0: {scales}")
        height, width = rgb.shape[:2]
        sizes = tuple((round(width * scale), round(height * scale)) for scale in sorted(scales, reverse=True))
        sizes = tuple(size for size in sizes if min(size) >= _MIN_SIDE)
        if not sizes:
            return []
        packing = pack(sizes, gap=_GAP, margin=_MARGIN)
        levels = [
            Box(x, y, x + level_width, y + level_height)
            for (x, y), (level_width, level_height) in zip(packing.corners, sizes, strict=True)
        ]
        windows = self._network.windows(self._canvas(to_planes(rgb), packing, levels))
        return self._network.suppressed(self._detections(windows, levels, width, height))

    def _canvas(self, picture: Planes, packing: Packing, levels: Sequence[Box]) -> Planes:
        canvas = self._network.blank(packing.height, packing.width)
        source = picture
        for level in levels:
            planes = self._resized(source, level.height, level.width)
            canvas[:, level.top : level.bottom, level.left : level.right] = planes
            if level.height <= picture.shape[1]:
                source = planes  # a smaller level is made from a larger one, which costs less and blurs as dlib does
        return canvas

    def _resized(self, planes: Planes, height: int, width: int) -> Planes:
        """Bilinear; more than a halving is done in steps, or pixels would be left out."""
        while height * 2 < planes.shape[1] and width * 2 < planes.shape[2]:
            planes = self._network.resized(planes, planes.shape[1] // 2, planes.shape[2] // 2)
        if planes.shape[1:] == (height, width):
            return planes
        return self._network.resized(planes, height, width)

    def _detections(self, windows: Windows, levels: Sequence[Box], width: int, height: int) -> list[Detection]:
        """The windows in source pixels, each by the level that it is nearest to."""
        half_width, half_height = (self._network.window_width - 1) / 2, (self._network.window_height - 1) / 2
        found = []
        for (x, y), score in zip(windows.centres.tolist(), windows.scores.tolist(), strict=True):
            level = levels[nearest_level(levels, x, y)]
            across, down = (width - 1) / (level.width - 1), (height - 1) / (level.height - 1)
            left, right = (round((x - level.left + side) * across) for side in (-half_width, half_width))
            top, bottom = (round((y - level.top + side) * down) for side in (-half_height, half_height))
            found.append(Detection(Box(left, top, right + 1, bottom + 1), score))
        return found
