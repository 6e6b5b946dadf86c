"""Everything with weights, wired together once: the device, enrolment and the measurements recognise with the same."""

from __future__ import annotations

from dataclasses import dataclass

from argus.core.calibration import Calibration
from argus.core.ports import Embedder, Landmarker, Scanner
from argus.vision.calibration_file import load_calibration
from argus.vision.embedder_onnx import OnnxEmbedder
from argus.vision.landmarks import DlibLandmarker
from argus.vision.mirror import MirrorEmbedder
from argus.vision.model_store import ModelStore
from argus.vision.scanner import PyramidScanner


@dataclass(frozen=True)
class Networks:
    """The networks and what their numbers mean; loaded once a process."""

    scanner: Scanner
    landmarker: Landmarker
    embedder: Embedder
    calibration: Calibration

    @classmethod
    def load(cls, store: ModelStore | None = None) -> Networks:
        """Loads all models.

        Raises:
            ModelError: a file is missing or damaged.
            CalibrationError: the calibration data hold something else.
        """
        store = store or ModelStore()
        return cls(
            PyramidScanner(store), DlibLandmarker(store), MirrorEmbedder(OnnxEmbedder(store)), load_calibration(store)
        )
