"""The wiring of enrolment: a folder and this machine's models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from argus.core.calibration import Calibration
from argus.core.ports import Signer
from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID
from argus.enrolment.enrol import Enroller
from argus.enrolment.ledger import RefusalLedger
from argus.storage.repository import folder_collection
from argus.vision.analyser import FaceAnalyser, PhotoDetector
from argus.vision.calibration_file import load_calibration
from argus.vision.embedder_onnx import OnnxEmbedder
from argus.vision.faces import FaceReader
from argus.vision.landmarks import DlibLandmarker
from argus.vision.mirror import MirrorEmbedder
from argus.vision.model_store import ModelStore
from argus.vision.scanner import PyramidScanner

LEDGER_NAME = ".refused.json"
"""Beside the collection's own objects; hidden, so that it is none of them."""


def build_enroller(
    folder: Path,
    now: Callable[[], datetime],
    *,
    workers: int,
    signers: Sequence[Signer] = (),
    trust: TrustPolicy | None = None,
) -> Enroller:
    """An enroller for the collection in ``folder``; the networks are loaded when a photo needs them."""
    return Enroller(
        folder_collection(folder, now, signers=signers, trust=trust),
        photo_analyser,
        photo_calibration,
        RefusalLedger(folder / LEDGER_NAME, MIRROR_MODEL_ID),
        workers,
    )


@cache
def photo_analyser() -> FaceAnalyser:
    """What looks at photos; loaded once a process.

    Raises:
        ModelError: a model file is missing or damaged.
    """
    store = ModelStore()
    return FaceAnalyser(
        PhotoDetector(PyramidScanner(store)), FaceReader(DlibLandmarker(store)), MirrorEmbedder(OnnxEmbedder(store))
    )


@cache
def photo_calibration() -> Calibration:
    """What tells people apart; read once a process.

    Raises:
        ModelError: a file is missing or damaged.
        CalibrationError: a file holds something else.
    """
    return load_calibration(ModelStore())
