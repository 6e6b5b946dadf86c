from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from argus.cli.main import main


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def photos(tmp_path: Path, portraits: Path) -> Path:
    folder = tmp_path / "photos"
    for name, file in (("Barack Obama", "obama.jpg"), ("Joe Biden", "biden.jpg")):
        (folder / name).mkdir(parents=True)
        shutil.copy(portraits / file, folder / name)
    (folder / "Joe Biden" / "notes.txt").write_text("no photo, and not taken for one")
    return folder


def test_a_folder_with_one_subfolder_a_person(tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["enrol", "--collection", str(tmp_path / "people"), str(photos), "--json"]) == 0
        found = records(capsys)
        assert [one["person"] for one in found] == [
            {"id": "barack-obama", "name": "Barack Obama"},
            {"id": "joe-biden", "name": "Joe Biden"},
        ]
        assert [(one["accepted"], one["reason"]) for one in found] == [(True, None)] * 2
        assert found[0]["photo"] == str(photos / "Barack Obama" / "obama.jpg")


def test_a_refused_photo_is_named_and_the_others_go_on(
    tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    good = photos / "Joe Biden" / "biden.jpg"
    arguments = ["enrol", "--collection", str(tmp_path / "people"), "--person", "Joe", str(bad), str(good)]
    assert main([*arguments, "--json"]) == 1
    refused, accepted = records(capsys)
    assert (refused["accepted"], refused["reason"]) == (False, "unreadable")
    assert accepted["accepted"]
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert "REFUSED   Joe" in output.out
    assert "empty" in output.out
    assert "1 accepted, 1 refused, 0 looked at; 1 enrolled" in output.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "not a folder"),
        (["empty"], "no subfolders"),
        (["nobody"], "no pictures"),
        (["--person", "Ann", "empty"], "no pictures"),
        (["--person", " ", "photo.jpg"], "nobody can be called"),
        (["--person", "Ann", "--category", "", "photo.jpg"], "nobody can be called"),
    ],
)
def test_wrong_use_is_one_clear_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "nobody" / "Ann").mkdir(parents=True)
    assert main(["enrol", "--collection", "people", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "people").exists()
