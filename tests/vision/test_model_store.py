"""Model files are found, and refused when they are not what the manifest says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from argus.core.errors import ModelError
from argus.vision.model_store import MANIFEST, ModelStore, default_directory, parse_manifest

CONTENT = b"weights"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "a.onnx").write_bytes(CONTENT)
    files = {"a.onnx": {"bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}}
    (tmp_path / MANIFEST).write_text(json.dumps({"files": files}))
    return tmp_path


def test_reads_a_whole_file(directory: Path) -> None:
    store = ModelStore(directory)
    assert store.read("a.onnx") == CONTENT
    assert store.path("a.onnx") == directory / "a.onnx"


@pytest.mark.parametrize("damaged", [b"", b"weight", b"weightz", b"weights!"])
def test_a_damaged_file_is_refused(directory: Path, damaged: bytes) -> None:
    (directory / "a.onnx").write_bytes(damaged)
    for read in (ModelStore(directory).read, ModelStore(directory).path):
        with pytest.raises(ModelError, match=r"a\.onnx is damaged .* run `python -m models`"):
            read("a.onnx")


def test_a_missing_file_is_named(directory: Path) -> None:
    (directory / "a.onnx").unlink()
    with pytest.raises(ModelError, match=r"a\.onnx is missing: run `python -m models`"):
        ModelStore(directory).read("a.onnx")


def test_a_file_that_the_manifest_does_not_name_is_refused(directory: Path) -> None:
    (directory / "b.onnx").write_bytes(CONTENT)
    with pytest.raises(ModelError, match=r"does not name b\.onnx"):
        ModelStore(directory).read("b.onnx")


def test_a_directory_in_the_place_of_a_file_is_refused(directory: Path) -> None:
    (directory / "a.onnx").unlink()
    (directory / "a.onnx").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        ModelStore(directory).read("a.onnx")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"files": []}', '{"files": {"a": {}}}', '{"files": {"a": 1}}', "[" * 100_000, b"\xff\xfe"]
)
def test_what_is_no_manifest_is_refused(text: str | bytes) -> None:
    with pytest.raises(ModelError, match="not a manifest"):
        parse_manifest(text, "manifest.json")


def test_the_environment_chooses_the_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path) -> None:
    monkeypatch.setenv("ARGUS_MODELS", str(tmp_path))
    assert ModelStore().directory == default_directory() == tmp_path
    monkeypatch.delenv("ARGUS_MODELS")
    assert ModelStore().directory == root / "models" / "built"
