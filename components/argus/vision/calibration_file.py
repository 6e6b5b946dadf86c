"""Reads the calibration data that lie beside the models."""

from __future__ import annotations

import io
import zipfile
import zlib

import numpy as np

from argus.core.calibration import Calibration
from argus.core.errors import CalibrationError
from argus.core.genuine import GenuineScores
from argus.vision.model_store import CALIBRATION, CROWDING, GENUINE, ModelStore


def load_calibration(store: ModelStore) -> Calibration:
    """The calibration of the mirror-averaged embedding.

    Raises:
        ModelError: a file is missing or damaged.
        CalibrationError: a file holds something else.
    """
    try:
        with np.load(io.BytesIO(store.read(CROWDING)), allow_pickle=False) as arrays:
            crowding = {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        raise CalibrationError(f"{CROWDING} holds no calibration: restore the models folder") from None
    return Calibration.parse(store.read(CALIBRATION), crowding)


def load_genuine_scores(store: ModelStore) -> GenuineScores:
    """How near people come to themselves, by the mirror-averaged embedding.

    Raises:
        ModelError: the file is missing or damaged.
        CalibrationError: it holds something else.
    """
    return GenuineScores.parse(store.read(GENUINE))
