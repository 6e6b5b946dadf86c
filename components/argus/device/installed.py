"""Whether the program can work where it was installed.

What is missing, damaged, or not made for this processor is then found by the installation, which a deployment reports,
and not by the first face.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from argus import __version__
from argus.core.errors import ArgusError
from argus.vision.model_store import ModelStore

PACKAGES = (
    "PIL",
    "awscrt",
    "awsiot",
    "boto3",
    "cryptography",
    "cv2",
    "dlib",
    "numpy",
    "onnxruntime",
    "pi_heif",
    "pydantic",
    "starlette",
    "uvicorn",
)
"""What the program imports at one time or another, as it is imported."""


class InstallationError(ArgusError):
    """The program cannot work as it was installed."""


def check_installation(store: ModelStore, packages: Sequence[str] = PACKAGES) -> str:
    """Imports all packages, loads the models of ``store``, looks at an empty picture; returns one line that says so.

    Raises:
        InstallationError: a package is missing or cannot be loaded.
        ModelError: a model is missing or damaged.
        CalibrationError: the calibration holds something else.
    """
    for package in packages:
        try:
            importlib.import_module(package)
        except (ImportError, OSError) as error:
            raise InstallationError(
                f"{package} cannot be loaded ({error}): install again, or the system library that it asks for"
            ) from error
    _recognise_nothing(store)
    return f"argus {__version__}: {len(packages)} packages and all models work"


def _recognise_nothing(store: ModelStore) -> None:
    """Every network runs once: instructions that the processor lacks end the process here."""
    import numpy as np  # noqa: PLC0415 - the packages are known to work by now

    from argus.core.types import CHIP_SIZE, Box  # noqa: PLC0415
    from argus.vision.networks import Networks  # noqa: PLC0415

    networks = Networks.load(store)
    picture = np.full((CHIP_SIZE, CHIP_SIZE, 3), 128, np.uint8)
    networks.scanner.scan(picture, [1.0])
    networks.landmarker.landmarks(picture, Box(20, 20, 130, 130))
    networks.embedder.embed(picture[np.newaxis])
