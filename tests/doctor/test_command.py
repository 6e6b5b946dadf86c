"""``argus doctor`` on faults that are really there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.cli.main import main
from argus.vision.model_store import CROWDING, LANDMARKS, MANIFEST, RESIZE, ModelStore
from tests.device.mjpeg_server import MjpegServer

Found = dict[str, list[dict[str, str]]]
GOLDEN = Path(__file__).parents[1] / "golden" / "collection"


def doctor(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, Found]:
    """The exit code, and the findings by topic."""
    code = main(["doctor", "--json", *map(str, words)])
    output = capsys.readouterr()
    assert output.err == ""
    found: Found = {}
    for line in output.out.splitlines():
        finding = json.loads(line)
        found.setdefault(finding["topic"], []).append(finding)
    faults = [one for several in found.values() for one in several if one["state"] == "fault"]
    assert all(one["remedy"] for one in faults)
    assert code == (1 if faults else 0)
    return code, found


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("ARGUS_STATE", str(folder))
    return folder


def test_a_machine_that_is_well(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, state: Path, model_store: ModelStore
) -> None:
    collection = tmp_path / "people"
    shutil.copytree(GOLDEN, collection)
    with MjpegServer() as camera:
        code, found = doctor(capsys, "--collection", collection, "--source", camera.url)
    assert code == 0, found
    assert set(found) == {
        *("python", "packages", "models", "calibration", "processor", "collection", "cameras", "source"),
        *("memory", "state", "disk", "clock", "programs"),
    }
    assert "enrolled" in found["collection"][0]["what"]
    assert "64 x 48" in found["source"][0]["what"]
    assert "will be made" in found["state"][0]["what"]
    assert not state.exists()  # it looks and changes nothing


def test_for_people(capsys: pytest.CaptureFixture[str], model_store: ModelStore) -> None:
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("python       ok ")
    assert output.endswith("\n\nAll is well.\n")
    assert all(len(line) <= 110 for line in output.splitlines())


def test_models(
    capsys: pytest.CaptureFixture[str], model_store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGUS_MODELS", str(tmp_path / "models"))
    shutil.copytree(model_store.directory, tmp_path / "models")
    (tmp_path / "models" / RESIZE).write_bytes(b"?")
    (tmp_path / "models" / LANDMARKS).unlink()
    code, found = doctor(capsys)
    assert code == 1
    assert [one["what"].rsplit("/", 1)[1] for one in found["models"]] == [
        f"{RESIZE} is damaged or of another version",
        f"{LANDMARKS} is missing",
    ]
    assert all("python -m models" in one["remedy"] for one in found["models"])
    assert "calibration" not in found and "processor" not in found
    (tmp_path / "models" / MANIFEST).unlink()
    code, found = doctor(capsys)
    assert code == 1
    shutil.rmtree(tmp_path / "models")
    code, found = doctor(capsys)
    assert code == 1 and len(found["models"]) >= 1


def test_calibration_that_the_manifest_vouches_for(
    capsys: pytest.CaptureFixture[str], model_store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib  # noqa: PLC0415 - here alone

    monkeypatch.setenv("ARGUS_MODELS", str(tmp_path / "models"))
    shutil.copytree(model_store.directory, tmp_path / "models")
    (tmp_path / "models" / CROWDING).write_bytes(b"?")
    manifest = json.loads((tmp_path / "models" / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][CROWDING].update(bytes=1, sha256=hashlib.sha256(b"?").hexdigest())
    (tmp_path / "models" / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    _, found = doctor(capsys)
    assert found["calibration"][0]["state"] == "fault"


@pytest.mark.parametrize("damage", ["missing", "head", "bucket"])
def test_collections(capsys: pytest.CaptureFixture[str], model_store: ModelStore, tmp_path: Path, damage: str) -> None:
    collection = tmp_path / "people"
    if damage != "missing":
        shutil.copytree(GOLDEN, collection)
        file = collection / "head.json" if damage == "head" else next((collection / "buckets").iterdir())
        file.write_bytes(file.read_bytes()[:-1])
    code, found = doctor(capsys, "--collection", collection)
    assert code == 1
    assert found["collection"][0]["remedy"] in (
        "enrol somebody first, or check the path",
        "restore it from a copy",
        "restore the collection from a copy",
    )


def test_cameras_that_are_not_there(capsys: pytest.CaptureFixture[str], model_store: ModelStore) -> None:
    with MjpegServer() as gone:
        url = gone.url.replace("://", "://admin:secret@")
    for source in (url, "63", "no-such-file.mp4", "ftp://camera"):
        code, found = doctor(capsys, "--source", source)
        assert (code, found["source"][0]["state"]) == (1, "fault")
        assert "secret" not in str(found)


def test_a_black_picture(capsys: pytest.CaptureFixture[str], model_store: ModelStore, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / "a.png")
    code, found = doctor(capsys, "--source", tmp_path)
    assert (code, found["source"][0]["state"]) == (0, "note")
    assert "lens" in found["source"][0]["remedy"]


def test_state_folders(capsys: pytest.CaptureFixture[str], model_store: ModelStore, state: Path) -> None:
    state.mkdir(mode=0o755)
    code, found = doctor(capsys)
    assert code == 1 and "chmod 700" in found["state"][0]["remedy"]
    state.rmdir()
    state.write_text("in the way")
    code, found = doctor(capsys)
    assert code == 1 and "in the way" in found["state"][0]["what"]
