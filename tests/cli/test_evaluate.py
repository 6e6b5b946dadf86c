from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from argus.cli.main import main


@pytest.fixture
def folders(tmp_path: Path, portraits: Path) -> tuple[str, str]:
    """One man three times, and a stranger."""
    people, strangers = tmp_path / "people", tmp_path / "strangers"
    (people / "Barack Obama").mkdir(parents=True)
    strangers.mkdir()
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg"):
        shutil.copy(portraits / name, people / "Barack Obama")
    shutil.copy(portraits / "biden.jpg", strangers)
    return str(people), str(strangers)


def test_own_pictures(folders: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people, strangers = folders
    plot = tmp_path / "curve.png"
    arguments = ["evaluate", "--people", people, "--strangers", strangers, "--photos", "1,2", "--rates", "0.01"]
    assert main([*arguments, "--plot", str(plot)]) == 0
    output = capsys.readouterr()
    assert "1 person, 3 pictures; 1 stranger, 1 picture." in output.out
    assert "wanted 1 %          0.00 % [0.0 to 79.3]     100.00 % [20.7 to 100.0]" in output.out
    assert "across: strangers who are given a name" in output.out
    assert f"the plot is in {plot}" in output.err
    assert plot.stat().st_size > 0
    assert main([*arguments, "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["enrolled_pictures"], one["rule"]) for one in records] == [
        (1, "false_alarm_rate"),
        (1, "fixed_tolerance"),
        (2, "false_alarm_rate"),
        (2, "fixed_tolerance"),
    ]


def test_a_picture_that_was_left_out_shows(folders: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    people, _ = folders
    (Path(people) / "Barack Obama" / "z.jpg").write_bytes(b"")
    assert main(["evaluate", "--people", people, "--photos", "1"]) == 1
    output = capsys.readouterr()
    assert "left out  " in output.err
    assert "z.jpg: the file is empty" in output.err
    assert "1 person, 3 pictures" in output.out


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--rates", "0.01,2", "a rate lies between 0 and 1"),
        ("--rates", "few", "a rate lies between 0 and 1"),
        ("--photos", "0", "a whole number from 1 to 100"),
        ("--rotations", "many", "a whole number from 1 to 100"),
    ],
)
def test_wrong_numbers(option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "--people", "people", option, value])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_people_without_a_face(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Ann").mkdir()
    (tmp_path / "Ann" / "1.jpg").write_bytes(b"no picture")
    assert main(["evaluate", "--people", str(tmp_path)]) == 2
    assert "none of the pictures of --people could be used" in capsys.readouterr().err
