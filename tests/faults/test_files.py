"""Damaged models and collections: one sentence that says what to do, before anything is decided with them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from argus.vision.model_store import (
    CALIBRATION,
    CROWDING,
    DETECTOR,
    EMBEDDING,
    LANDMARKS,
    MANIFEST,
    RESIZE,
    ModelStore,
)
from tests.faults.conftest import Run

NEEDED = (EMBEDDING, DETECTOR, RESIZE, LANDMARKS, CALIBRATION, CROWDING)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = (flip, cut, remove, empty)


@pytest.fixture
def models(model_store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the models that this program uses, which the commands read."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (*NEEDED, MANIFEST):
        shutil.copy(model_store.directory / name, folder)
    monkeypatch.setenv("ARGUS_MODELS", str(folder))
    return folder


@pytest.fixture
def source(tmp_path: Path, portraits: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    shutil.copy(portraits / "obama.jpg", folder)
    return folder


@pytest.mark.parametrize("name", NEEDED)
def test_damaged_models(run: Run, people: Path, models: Path, source: Path, name: str) -> None:
    for damage in DAMAGES:
        kept = (models / name).read_bytes()
        damage(models / name)
        answer = run("watch", "--collection", people, "--source", source)
        (models / name).write_bytes(kept)
        assert (answer.code, answer.out) == (2, "")
        (message,) = answer.messages
        assert str(models / name) in message and "python -m models" in message


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("content", ["garbage", "half", "another"])
def test_other_files_that_the_manifest_vouches_for(
    run: Run, people: Path, models: Path, *, source: Path, name: str, content: str
) -> None:
    kept = (models / name).read_bytes()
    other = (models / (RESIZE if name != RESIZE else CROWDING)).read_bytes()
    data = {"garbage": b"garbage" * 100, "half": kept[: len(kept) // 2], "another": other}[content]
    (models / name).write_bytes(data)
    manifest = json.loads((models / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][name].update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    (models / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    answer = run("watch", "--collection", people, "--source", source)
    assert (answer.code, answer.out) == (2, "")
    (message,) = answer.messages
    assert "not the model of this program" in message or "restore" in message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"files": {}}',
        '{"files": 3}',
        '{"files": {"embedding.onnx": {"bytes": Infinity, "sha256": ""}}}',
        "[" * 100_000,
        None,
    ],
)
def test_wrong_manifests(run: Run, people: Path, models: Path, source: Path, text: str | None) -> None:
    if text is None:
        (models / MANIFEST).unlink()
    else:
        (models / MANIFEST).write_text(text, encoding="utf-8")
    answer = run("watch", "--collection", people, "--source", source)
    assert answer.code == 2
    (message,) = answer.messages
    assert MANIFEST in message and "python -m models" in message


@pytest.mark.parametrize("part", ["head.json", "manifests/*", "buckets/*"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_collections(
    run: Run, people: Path, portraits: Path, *, tmp_path: Path, part: str, damage: Callable[[Path], None]
) -> None:
    copy = tmp_path / "people"
    shutil.copytree(people, copy)
    (file,) = copy.glob(part)
    damage(file)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    identified = run("identify", "--collection", copy, portraits / "obama.jpg")
    assert (identified.code, identified.out) == (2, "")
    (message,) = identified.messages
    missing_head = part == "head.json" and damage is remove
    assert ("there is no collection" if missing_head else "from a copy") in message
    if not missing_head:  # then it is a new one
        enrolled = run("enrol", "--collection", copy, "--person", "Biden", portraits / "biden.jpg")
        assert (enrolled.code, enrolled.out, enrolled.messages) == (2, "", [message])
        assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_a_collection_of_another_model(run: Run, people: Path, portraits: Path, tmp_path: Path) -> None:
    copy = tmp_path / "people"
    shutil.copytree(people, copy)
    head = copy / "head.json"
    head.write_text(head.read_text(encoding="utf-8").replace("dlib-resnet-v1m", "another-net"), encoding="utf-8")
    answer = run("identify", "--collection", copy, portraits / "obama.jpg")
    assert answer.code == 2
    (message,) = answer.messages
    assert "another-net" in message and "`argus collection upgrade`" in message
