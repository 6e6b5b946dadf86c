"""Where the model files are, and whether they are what they should be.

A directory of models describes itself: its ``manifest.json`` names every file with its size and
sha256. ``python -m models`` makes one.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from argus.core.errors import ModelError

EMBEDDING = "embedding.onnx"
DETECTOR = "detector.onnx"
RESIZE = "resize.onnx"
LANDMARKS = "shape_predictor_5_face_landmarks.dat"
DLIB_EMBEDDING = "dlib_face_recognition_resnet_model_v1.dat"
DLIB_DETECTOR = "mmod_human_face_detector.dat"
CALIBRATION = "calibration.json"
CROWDING = "crowding.npz"
GENUINE = "genuine.json"

MANIFEST = "manifest.json"
ENVIRONMENT_VARIABLE = "ARGUS_MODELS"

_REMEDY = "run `python -m models` (or `scripts/argus`, which does), or set ARGUS_MODELS to the directory that has it"


@dataclass(frozen=True)
class ModelFile:
    """What a model file must be."""

    size: int
    sha256: str


def default_directory() -> Path:
    """``ARGUS_MODELS`` when it is set, else ``models/built`` of the source tree."""
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(chosen) if chosen else Path(__file__).resolve().parents[3] / "models" / "built"


def parse_manifest(text: str | bytes, name: str) -> dict[str, ModelFile]:
    """The files that a manifest names.

    Raises:
        ModelError: not a manifest; ``name`` is what the message calls it.
    """
    try:
        files = json.loads(text)["files"]
        return {str(file): ModelFile(int(facts["bytes"]), str(facts["sha256"])) for file, facts in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ModelError(f"{name} is not a manifest of models: {_REMEDY}") from None


class ModelStore:
    """Reads model files and checks size and sha256 each time one is loaded."""

    def __init__(self, directory: Path | None = None) -> None:
        """``directory`` None: see :func:`default_directory`. Nothing is read yet."""
        self.directory = directory or default_directory()

    def read(self, name: str) -> bytes:
        """The bytes of a model file.

        Raises:
            ModelError: missing, unreadable, damaged or not named in the manifest.
        """
        manifest = self.directory / MANIFEST
        expected = parse_manifest(_read(manifest), str(manifest)).get(name)
        if expected is None:
            raise ModelError(f"{manifest} does not name {name}: {_REMEDY}")
        path = self.directory / name
        data = _read(path)
        if len(data) != expected.size or hashlib.sha256(data).hexdigest() != expected.sha256:
            raise ModelError(f"{path} is damaged or of another version: {_REMEDY}")
        return data

    def foreign(self, name: str) -> ModelError:
        """The error to raise when a file is what the manifest says, and not what this program needs."""
        return ModelError(f"{self.directory / name} is not the model of this program: {_REMEDY}")

    def path(self, name: str) -> Path:
        """The path of a checked model file, for a library that opens files itself; errors as :meth:`read`."""
        self.read(name)
        return self.directory / name


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path} is missing: {_REMEDY}") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): {_REMEDY}") from None
