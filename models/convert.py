"""Makes the ONNX files from dlib's weights and checks every byte of both against the manifest."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from argus.core.errors import ModelError
from argus.vision.model_store import (
    CALIBRATION,
    CROWDING,
    DETECTOR,
    DLIB_DETECTOR,
    DLIB_EMBEDDING,
    EMBEDDING,
    GENUINE,
    MANIFEST,
    RESIZE,
)
from models.detector import detector_onnx
from models.dlib_network import Network, read_network
from models.embedding import embedding_onnx
from models.manifest import MANIFEST_PATH, Entry, Manifest
from models.resize import resize_onnx

_BUILDERS: Mapping[str, Callable[[Path], bytes]] = {
    EMBEDDING: lambda weights: embedding_onnx(_network(weights / DLIB_EMBEDDING)),
    DETECTOR: lambda weights: detector_onnx(_network(weights / DLIB_DETECTOR)),
    RESIZE: lambda weights: resize_onnx(),
    CALIBRATION: lambda weights: MANIFEST_PATH.with_name(CALIBRATION).read_bytes(),
    CROWDING: lambda weights: MANIFEST_PATH.with_name(CROWDING).read_bytes(),
    GENUINE: lambda weights: MANIFEST_PATH.with_name(GENUINE).read_bytes(),
}


def is_complete(directory: Path, manifest: Manifest) -> bool:
    """Whether every file of the manifest lies in ``directory`` and is whole."""
    described = directory / MANIFEST
    if not described.is_file() or described.read_bytes() != MANIFEST_PATH.read_bytes():
        return False
    return all(_is_whole(directory / entry.name, entry) for entry in (*manifest.weights, *manifest.converted))


def convert(directory: Path, manifest: Manifest) -> None:
    """Makes the converted files beside the weights in ``directory``, each whole or not at all.

    Raises:
        ModelError: a weight file is missing or damaged, or a result is not what the manifest says.
    """
    for entry in manifest.weights:
        if not _is_whole(directory / entry.name, entry):
            raise ModelError(f"{directory / entry.name} is missing or damaged: delete it and run `python -m models`")
    for entry in manifest.converted:
        data = _BUILDERS[entry.name](directory)
        found = hashlib.sha256(data).hexdigest()
        if found != entry.sha256:
            raise ModelError(
                f"{entry.name} was converted to other bytes than {MANIFEST_PATH} says (sha256 {found}): "
                "install the versions of the lock file and run `python -m models` again"
            )
        write_whole(directory / entry.name, data)
    write_whole(directory / MANIFEST, MANIFEST_PATH.read_bytes())


def build(name: str, weights: Path) -> bytes:
    """One converted file's bytes, from the directory that holds dlib's weights; nothing is written."""
    return _BUILDERS[name](weights)


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that nobody ever sees half of it.

    Raises:
        ModelError: the directory cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            file.write(data)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be written ({error.strerror}): make room or choose another --directory"
        ) from None


def _network(path: Path) -> Network:
    return read_network(path.read_bytes(), str(path))


def _is_whole(path: Path, entry: Entry) -> bool:
    if not path.is_file() or path.stat().st_size != entry.size:
        return False
    with path.open("rb") as file:
        digest = hashlib.sha256()
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest() == entry.sha256
