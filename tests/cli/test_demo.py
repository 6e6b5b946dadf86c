from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from argus.cli.main import main


def test_once_gives_a_match_and_a_stranger(
    portraits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert main(["demo", "--once", "--json"]) == 0
    output = capsys.readouterr()
    events = [json.loads(line) for line in output.out.splitlines()]
    assert [(event["kind"], event["person"] and event["person"]["name"]) for event in events] == [
        ("match", "Barack Obama"),
        ("unknown", None),
        ("left", "Barack Obama"),
        ("left", None),
    ]
    # He is there for 8 seconds, the stranger from the 9th on.
    spans = [event["span"] for event in events[2:]]
    assert spans[0]["first_frame"] < 50 and 150 < spans[0]["last_frame"] < 200
    assert 225 <= spans[1]["first_frame"] < 300 and spans[1]["last_frame"] > 300
    assert "1 match, 1 unknown" in output.err
    assert list(tmp_path.iterdir()) == [], "what was made for the demo is left behind"


def test_another_source(portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Image.open(portraits / "obama3.jpg") as picture:
        picture.thumbnail((480, 480))
        for number in range(4):
            picture.save(tmp_path / f"{number}.jpg")
    assert main(["demo", "--source", str(tmp_path), "--fast", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["kind"] for event in events] == ["match", "left"]


def test_a_missing_source(portraits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--source", "nowhere.mp4"]) == 2
    assert "There is no file or folder at nowhere.mp4" in capsys.readouterr().err
