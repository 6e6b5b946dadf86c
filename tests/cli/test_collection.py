from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from argus.cli.main import main
from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.types import Person
from argus.device.adapters.clock import SystemClock
from argus.storage.repository import folder_collection
from argus.vision import calibration_file
from tests.core.measures import flat_calibration
from tests.made_up import face_id, vector


@pytest.fixture(autouse=True)
def flat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's made-up vector lies where real faces crowd."""
    monkeypatch.setattr(calibration_file, "load_calibration", lambda _: flat_calibration())


def health(folder: Path, *arguments: str) -> int:
    return main(["collection", "health", "--collection", str(folder), *arguments])


def store(folder: Path, people: list[Enrolled]) -> None:
    folder.mkdir()
    folder_collection(folder, SystemClock().now).update(lambda _: Collection.of(people))


def person(name: str, photos: int, centre: str | None = None) -> Enrolled:
    """Photos around a centre of their own, or somebody else's."""
    middle = vector(centre or name) / 6
    faces = [
        EnrolledFace(face_id(f"{name}/{number}"), (middle + vector(f"{name}/{number}") / 100).astype(np.float32))
        for number in range(photos)
    ]
    return Enrolled.of(Person(name.lower(), name), faces)


def test_a_collection_that_needs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path / "people", [person(name, 4) for name in ("Ann", "Bob", "Eve")])
    assert health(tmp_path / "people") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 people, 12 photos"
    assert "Strangers who will be given somebody's name: 1 % (wanted: 1 %)" in lines
    assert lines[-1] == "Nothing needs attention."


def test_what_needs_attention(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [person("Ann", 4), person("Eve", 4, "Ann"), *(person(f"P{number}", 4) for number in range(40))]
    odd = [*person("Bob", 3).faces, EnrolledFace(face_id("odd"), vector("somebody else") / np.float32(6))]
    store(tmp_path / "people", [*people, person("Mia", 1), Enrolled.of(Person("bob", "Bob"), odd)])
    assert health(tmp_path / "people", "--false-alarm-rate", "0.0001") == 1
    output = capsys.readouterr().out
    assert "WARNING: 44 people are more than the calibration reaches" in output
    assert "  Ann and Eve" in output
    assert f"  Bob: {face_id('odd')[:12]} hardly looks like the others" in output
    assert "  1 person with 1 photo, named from one picture in" in output
    assert "    Mia" in output
    assert "Nothing needs attention" not in output


def test_the_same_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path / "people", [person("Ann", 4), person("Eve", 4, "Ann"), person("Mia", 1)])
    assert health(tmp_path / "people", "--json", "--false-alarm-rate", "0.001") == 1
    (record,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (record["people"], record["photos"], record["warning"]) == (3, 9, None)
    assert record["strangers_named"] == {"wanted": 0.001, "expected": pytest.approx(0.001), "supported": True}
    assert [(one["photos"], one["people"]) for one in record["named_rightly"]] == [(1, 1), (4, 2)]
    assert [one["id"] for one in record["look_alikes"][0]["people"]] == ["ann", "eve"]
    (wanted,) = record["another_photo_of"]
    assert (wanted["person"]["name"], wanted["reason"], wanted["face_ids"]) == ("Mia", "more_photos", [])
    assert record["needs_attention"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "no collection"), (["--false-alarm-rate", "0"], "lies between 0 and 1")],
)
def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    folder = tmp_path / "people"
    if arguments:
        store(folder, [person("Ann", 1)])
    assert health(folder, *arguments) == 2
    assert message in capsys.readouterr().err
