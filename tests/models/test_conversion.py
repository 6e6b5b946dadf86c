"""The converted files: the same bytes every time, and as the manifest says."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from argus.core.errors import ModelError
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID
from argus.vision.model_store import DETECTOR, DLIB_DETECTOR, DLIB_EMBEDDING, EMBEDDING, MANIFEST, RESIZE, ModelStore
from models.__main__ import main
from models.convert import build, convert, is_complete
from models.detector import detector_onnx
from models.dlib_network import read_network
from models.embedding import embedding_onnx
from models.manifest import MANIFEST_PATH, load_manifest

CONVERTED = (EMBEDDING, DETECTOR, RESIZE)


@pytest.fixture(scope="module")
def weights(model_store: ModelStore) -> Path:
    return model_store.directory


@pytest.fixture
def copy(weights: Path, tmp_path: Path) -> Path:
    """dlib's files alone, in a directory with a name that needs care."""
    directory = tmp_path / "my models 模型"
    directory.mkdir()
    for entry in load_manifest().weights:
        shutil.copy(weights / entry.name, directory)
    return directory


@pytest.mark.parametrize("name", CONVERTED)
def test_conversion_gives_the_pinned_bytes(name: str, weights: Path) -> None:
    expected = {entry.name: entry for entry in load_manifest().converted}[name]
    data = build(name, weights)
    assert len(data) == expected.size
    assert hashlib.sha256(data).hexdigest() == expected.sha256
    assert build(name, weights) == data


def test_the_manifest_names_every_file_with_its_licence_and_origin() -> None:
    document = json.loads(MANIFEST_PATH.read_bytes())
    assert set(document["archive"]) == {"project", "version", "file", "bytes", "sha256"}
    manifest = load_manifest()
    assert set(CONVERTED) <= {entry.name for entry in manifest.converted}
    assert {entry.source for entry in manifest.weights} == set(manifest.archive.files)
    weight_names = {entry.name for entry in manifest.weights}
    for entry in (*manifest.weights, *manifest.converted):
        assert entry.licence in ("CC0-1.0", "Apache-2.0")
        assert len(entry.sha256) == 64
        assert entry.size > 0
    for entry in manifest.converted:
        assert entry.source in weight_names or (MANIFEST_PATH.parents[1] / entry.source).is_file()
    ids = {entry.name: entry.model_ids for entry in manifest.converted}
    assert ids[EMBEDDING] == (PLAIN_MODEL_ID, MIRROR_MODEL_ID)
    assert "68" not in "".join(weight_names), "the 68-point landmarks may not be used commercially"


def test_what_was_built_is_complete(weights: Path) -> None:
    assert is_complete(weights, load_manifest())


def test_converts_into_a_directory_and_says_when_it_is_damaged(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = load_manifest()
    assert not is_complete(copy, manifest)
    convert(copy, manifest)
    assert is_complete(copy, manifest)
    assert main(["--directory", str(copy), "--check"]) == 0
    assert {path.name for path in copy.iterdir()} == {
        MANIFEST,
        *(entry.name for entry in (*manifest.weights, *manifest.converted)),
    }

    (copy / DETECTOR).write_bytes(b"damaged")
    assert main(["--directory", str(copy), "--check"]) == 1
    assert "run `python -m models`" in capsys.readouterr().out
    assert main(["--directory", str(copy)]) == 0
    assert is_complete(copy, manifest)


def test_damaged_weights_are_not_converted(copy: Path) -> None:
    with (copy / DLIB_DETECTOR).open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00\x01")
    with pytest.raises(ModelError, match="missing or damaged"):
        convert(copy, load_manifest())
    assert not (copy / MANIFEST).exists()


def test_a_network_is_not_converted_as_another(weights: Path) -> None:
    embedding = read_network((weights / DLIB_EMBEDDING).read_bytes(), DLIB_EMBEDDING)
    detector = read_network((weights / DLIB_DETECTOR).read_bytes(), DLIB_DETECTOR)
    with pytest.raises(ModelError):
        detector_onnx(embedding)
    with pytest.raises(ModelError):
        embedding_onnx(detector)


def test_help_and_nothing_to_do(root: Path) -> None:
    command = [sys.executable, "-m", "models"]
    shown = subprocess.run([*command, "--help"], cwd=root, capture_output=True, text=True, check=True)
    assert "examples:" in shown.stdout
    silent = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert (silent.stdout, silent.stderr) == ("", "")


def test_a_canvas_of_the_mean_colour_is_zero_to_the_detector(model_store: ModelStore) -> None:
    """Otherwise the padding around a picture would be seen: all scores are then the network's answer to nothing."""
    session = ort.InferenceSession(model_store.read(DETECTOR), providers=["CPUExecutionProvider"])
    mean = np.array(json.loads(session.get_modelmeta().custom_metadata_map["mean_rgb"]), np.float32)
    small, large = (np.empty((1, 3, side, side), np.float32) for side in (221, 421))
    for canvas in (small, large):
        canvas[:] = mean[None, :, None, None]
    scores = [session.run(["scores"], {"canvas": canvas})[0][0, 0] for canvas in (small, large)]
    middles = [plane[plane.shape[0] // 2, plane.shape[1] // 2] for plane in scores]
    assert middles[0] == pytest.approx(middles[1], abs=1e-5)
    assert max(plane.max() for plane in scores) < 0
