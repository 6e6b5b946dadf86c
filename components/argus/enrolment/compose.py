"""The wiring of enrolment: a collection and this machine's models."""

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
from argus.storage.open_store import is_folder, open_collection
from argus.vision.analyser import FaceAnalyser, PhotoDetector
from argus.vision.calibration_file import load_calibration
from argus.vision.faces import FaceReader
from argus.vision.model_store import ModelStore
from argus.vision.networks import Networks

LEDGER_NAME = ".refused.json"
"""In a folder, beside the collection's own objects; hidden, so that it is none of them."""


def build_enroller(
    place: Path | str,
    now: Callable[[], datetime],
    *,
    workers: int,
    signers: Sequence[Signer] = (),
    trust: TrustPolicy | None = None,
) -> Enroller:
    """An enroller for the collection at ``place``; the networks are loaded when a photo needs them.

    Raises:
        UsageError: ``place`` is neither a folder nor ``s3://bucket/prefix``.
    """
    return Enroller(
        open_collection(place, now, signers=signers, trust=trust),
        photo_analyser,
        photo_calibration,
        RefusalLedger(Path(place, LEDGER_NAME) if is_folder(place) else None, MIRROR_MODEL_ID),
        workers,
    )


@cache
def photo_analyser() -> FaceAnalyser:
    """What looks at photos; loaded once a process.

    Raises:
        ModelError: a model file is missing or damaged.
    """
    networks = Networks.load()
    return FaceAnalyser(PhotoDetector(networks.scanner), FaceReader(networks.landmarker), networks.embedder)


@cache
def photo_calibration() -> Calibration:
    """What tells people apart; read once a process.

    Raises:
        ModelError: a file is missing or damaged.
        CalibrationError: a file holds something else.
    """
    return load_calibration(ModelStore())
