"""dlib's CNN face detector (max-margin object detection) on ONNX Runtime: canvas in, windows out.

What lies on the canvas is the caller's choice: :mod:`argus.vision.detector_onnx` tiles it as dlib does,
:mod:`argus.vision.scanner` for speed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.types import Box, Detection, RgbImage
from argus.vision.model_store import DETECTOR, RESIZE, ModelStore
from argus.vision.onnx_session import open_session

STRIDE = 8
FIRST_CENTRE = 14
"""Score cell (x, y) is the window centred at canvas pixel (8 x + 14, 8 y + 14): three convolutions 5x5 of
stride 2 without padding."""

Planes = NDArray[np.float32]
"""``(3, height, width)`` float32, RGB, 0 to 255."""


@dataclass(frozen=True)
class Windows:
    """The windows that scored above 0, best first.

    Attributes:
        centres: (n, 2) integers, x and y in canvas pixels.
        scores: (n,).
    """

    centres: NDArray[np.int64]
    scores: NDArray[np.float32]


class MmodNetwork:
    """The detector's network with what belongs to it; safe to use from several threads.

    Attributes:
        window_width, window_height: of the sliding window, pixels.
    """

    def __init__(self, store: ModelStore, *, threads: int = 1) -> None:
        """Loads the network.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self._session = open_session(store, DETECTOR, inputs={"canvas"}, outputs={"scores"}, threads=threads)
        self._resize = open_session(store, RESIZE, inputs={"planes", "size"}, outputs={"resized"}, threads=threads)
        facts = self._session.get_modelmeta().custom_metadata_map
        try:
            self._mean_rgb = np.array(json.loads(facts["mean_rgb"]), np.float32)
            self.window_width, self.window_height = json.loads(facts["window_px"])
            self._overlap_iou = float(facts["overlap_iou"])
            self._overlap_covered = float(facts["overlap_covered"])
        except (KeyError, TypeError, ValueError):
            raise store.foreign(DETECTOR) from None

    def blank(self, height: int, width: int) -> Planes:
        """A canvas of the mean colour, which is zero to the network, as dlib's padding is."""
        canvas = np.empty((3, height, width), np.float32)
        canvas[:] = self._mean_rgb[:, None, None]
        return canvas

    def resized(self, planes: Planes, height: int, width: int) -> Planes:
        """``planes`` at another size: bilinear, corners to corners, as dlib does it."""
        size = np.array([1, len(planes), height, width])
        result: Planes = self._resize.run(["resized"], {"planes": planes[None], "size": size})[0][0]
        return result

    def windows(self, canvas: Planes) -> Windows:
        """Runs the network over a canvas; one without room for a single cell has no windows."""
        if min(canvas.shape[1:]) <= 2 * FIRST_CENTRE:
            return Windows(np.empty((0, 2), np.int64), np.empty(0, np.float32))
        scores = self._session.run(["scores"], {"canvas": canvas[None]})[0][0, 0]
        rows, columns = np.nonzero(scores > 0)
        found = scores[rows, columns]
        order = np.argsort(-found, kind="stable")
        centres = np.stack([columns[order], rows[order]], axis=1) * STRIDE + FIRST_CENTRE
        return Windows(centres, found[order])

    def suppressed(self, detections: list[Detection]) -> list[Detection]:
        """Keeps the best of those that cover the same face; ``detections`` best first.

        dlib's rule: two are the same face when their intersection exceeds a share of the *bounding box* of both, or
        of either one. Both shares were fitted to the training data and stand in the model file.
        """
        kept: list[Detection] = []
        for detection in detections:
            if not any(self._overlap(detection.box, other.box) for other in kept):
                kept.append(detection)
        return kept

    def _overlap(self, a: Box, b: Box) -> bool:
        shared = a.intersection(b)
        if not shared:
            return False
        around = (max(a.right, b.right) - min(a.left, b.left)) * (max(a.bottom, b.bottom) - min(a.top, b.top))
        return shared > self._overlap_iou * around or shared > self._overlap_covered * min(a.area, b.area)


def to_planes(rgb: RgbImage) -> Planes:
    """``(height, width, 3)`` uint8 -> ``(3, height, width)`` float32."""
    planes = np.empty((3, *rgb.shape[:2]), np.float32)
    planes[:] = rgb.transpose(2, 0, 1)
    return planes
