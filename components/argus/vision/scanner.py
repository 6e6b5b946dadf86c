"""The CNN detector for video: the same network, at the scales that the caller chooses.

Each level has a canvas of its own: on one canvas, tiled as dlib does it, they would take 5 % more pixels and several
times the memory. The boxes are those of dlib's detector up to the phase of the network's stride (8 px on a level),
which decides ties between neighbouring windows: a box may lie some pixels beside dlib's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from argus.core.types import Box, Detection, RgbImage
from argus.vision.mmod import FIRST_CENTRE, STRIDE, MmodNetwork, Planes, to_planes
from argus.vision.model_store import ModelStore

STEP = 6 / 5
"""Between neighbouring levels of dlib's pyramid; at this step no face size falls between two levels."""

_MARGIN = 10
"""Empty pixels at least around a level, so that faces at the picture's edge are found. Of 372 faces that dlib found,
most of them in pictures cut through the face, 15 were missed at 10, 27 at 8, 65 at 4; 10 at 16, for 14 % more time."""
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

        Levels smaller than 5 px are left out.
        """
        if any(scale <= 0 for scale in scales):
            raise ValueError(f"scales must be above 0: {scales}")
        height, width = rgb.shape[:2]
        found = [
            detection
            for level in self._levels(to_planes(rgb), sorted(scales, reverse=True))
            for detection in self._detections(level, width, height)
        ]
        return self._network.suppressed(sorted(found, key=lambda detection: -detection.score))

    def _levels(self, picture: Planes, scales: Sequence[float]) -> Iterator[Planes]:
        """The picture at each scale; a smaller level is made from a larger one, as dlib does, which costs less."""
        source = picture
        for scale in scales:
            height, width = round(picture.shape[1] * scale), round(picture.shape[2] * scale)
            if min(height, width) < _MIN_SIDE:
                return
            level = self._resized(source, height, width)
            if scale < 1:
                source = level
            yield level

    def _resized(self, planes: Planes, height: int, width: int) -> Planes:
        """Bilinear; more than a halving is done in steps, or pixels would be left out."""
        while height * 2 < planes.shape[1] and width * 2 < planes.shape[2]:
            planes = self._network.resized(planes, planes.shape[1] // 2, planes.shape[2] // 2)
        if planes.shape[1:] == (height, width):
            return planes
        return self._network.resized(planes, height, width)

    def _detections(self, level: Planes, width: int, height: int) -> Iterator[Detection]:
        """The windows of one level, in pixels of the ``width`` x ``height`` picture."""
        level_height, level_width = level.shape[1:]
        canvas = self._network.blank(_canvas_side(level_height), _canvas_side(level_width))
        y, x = (canvas.shape[1] - level_height) // 2, (canvas.shape[2] - level_width) // 2
        canvas[:, y : y + level_height, x : x + level_width] = level
        windows = self._network.windows(canvas)
        across, down = (width - 1) / (level_width - 1), (height - 1) / (level_height - 1)
        half_width, half_height = (self._network.window_width - 1) / 2, (self._network.window_height - 1) / 2
        for (centre_x, centre_y), score in zip(windows.centres.tolist(), windows.scores.tolist(), strict=True):
            left, right = (round((centre_x - x + side) * across) for side in (-half_width, half_width))
            top, bottom = (round((centre_y - y + side) * down) for side in (-half_height, half_height))
            yield Detection(Box(left, top, right + 1, bottom + 1), score)


def _canvas_side(side: int) -> int:
    """A canvas with margins on whose sides no pixel is left over when the network has taken its steps."""
    steps = -(-(side + 2 * _MARGIN - 2 * FIRST_CENTRE - 1) // STRIDE)
    return STRIDE * max(steps, 0) + 2 * FIRST_CENTRE + 1
