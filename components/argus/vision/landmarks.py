"""The five landmarks of a face, by dlib's shape predictor."""

from __future__ import annotations

import dlib
import numpy as np

from argus.core.types import Box, Landmarks, RgbImage
from argus.vision.model_store import LANDMARKS, ModelStore
from argus.vision.rectangles import to_dlib


class DlibLandmarker:
    """The port :class:`argus.core.ports.Landmarker`."""

    def __init__(self, store: ModelStore) -> None:
        """Loads the predictor.

        Raises:
            ModelError: its file is missing or damaged.
        """
        try:
            self._predictor = dlib.shape_predictor(str(store.path(LANDMARKS)))
        except RuntimeError:
            raise store.foreign(LANDMARKS) from None

    def landmarks(self, rgb: RgbImage, box: Box) -> Landmarks:
        """The landmarks of the face in ``box``, source pixels; ``box`` may reach outside ``rgb``."""
        shape = self._predictor(np.ascontiguousarray(rgb), to_dlib(box))
        a, b, c, d, e = ((float(point.x), float(point.y)) for point in shape.parts())
        return Landmarks((a, b, c, d, e))
