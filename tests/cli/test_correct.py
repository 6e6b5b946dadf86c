from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from argus.cli.main import main
from argus.device.records.store import RECORDS_FILE
from argus.storage.repository import folder_collection
from tests.device.records.kept import NOON

Output = dict[str, Any]


class Desk:
    """Somebody who looks at what the watch has kept, with a collection of their own."""

    def __init__(self, state: Path, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.state, self.collection, self.capsys = state, collection, capsys
        stranger, match = self.listed()
        self.stranger, self.match = str(stranger["event_id"]), str(match["event_id"])

    def listed(self) -> list[Output]:
        assert main(["explain", "--json", "--state", str(self.state)]) == 0
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]

    def run(self, event_id: str, *arguments: str) -> int:
        return main(["correct", event_id, *arguments, "--state", str(self.state), "--collection", str(self.collection)])

    def correct(self, event_id: str, *arguments: str, code: int = 0) -> Output:
        assert self.run(event_id, *arguments, "--json") == code
        output: Output = json.loads(self.capsys.readouterr().out)
        return output

    def explained(self, event_id: str) -> Output:
        arguments = ["explain", event_id, "--json", "--state", str(self.state), "--collection", str(self.collection)]
        assert main(arguments) == 0
        output: Output = json.loads(self.capsys.readouterr().out)
        return output

    def people(self) -> dict[str, int]:
        """How many faces everybody has."""
        people = folder_collection(self.collection, lambda: NOON).load().collection.people
        return {one.person.name: len(one.faces) for one in people}


@pytest.fixture
def desk(watched: Path, collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(
        Path(shutil.copytree(watched, tmp_path / "state")),
        Path(shutil.copytree(collection, tmp_path / "people")),
        capsys,
    )


def test_not_them_and_back(desk: Desk) -> None:
    done = desk.correct(desk.match, "--not-them")
    assert done["decided"] == {"outcome": "match", "person": {"id": "barack-obama", "name": "Barack Obama"}}
    assert done["before"]["outcome"] == "match" and done["before"]["over_threshold_by"] < 0
    assert done["now"]["outcome"] == "uncertain" and done["now"]["over_threshold_by"] > 0
    explained = desk.explained(desk.match)
    assert explained["outcome"] == "match" and explained["correction"]["person"] is None
    assert explained["now"]["outcome"] == "uncertain" and "lowered by" in explained["now"]["threshold_origin"]
    assert not desk.correct(desk.match, "--not-them")["changed"]
    back = desk.correct(desk.match, "--is", "barack obama")
    assert back["now"] == done["before"]
    assert desk.people() == {"Barack Obama": 1}


def test_a_watch_does_not_name_them_again(desk: Desk, clip: Path) -> None:
    desk.correct(desk.match, "--not-them")
    arguments = ["--collection", str(desk.collection), "--source", str(clip), "--fast", "--json"]
    assert main(["watch", *arguments, "--state", str(desk.state)]) == 0
    kinds = [json.loads(line)["kind"] for line in desk.capsys.readouterr().out.splitlines()]
    assert "match" not in kinds


def test_a_stranger_is_enrolled_and_taken_out_again(desk: Desk) -> None:
    done = desk.correct(desk.stranger, "--new", "Joe Biden", "--enrol")
    assert done["refused"] is None and done["before"]["outcome"] == "unknown" and done["now"]["outcome"] == "match"
    assert desk.people() == {"Barack Obama": 1, "Joe Biden": 1}
    assert not desk.correct(desk.stranger, "--is", "joe-biden", "--enrol")["changed"]
    assert not desk.correct(desk.stranger, "--is", "joe-biden")["changed"]
    back = desk.correct(desk.stranger, "--not-them")
    assert back["now"] == done["before"]
    assert desk.people() == {"Barack Obama": 1}


def test_a_picture_of_the_person_helps_the_next_time(desk: Desk, clip: Path) -> None:
    desk.correct(desk.stranger, "--new", "Joe Biden", "--enrol")
    arguments = ["--collection", str(desk.collection), "--source", str(clip), "--fast", "--json"]
    assert main(["watch", *arguments, "--state", str(desk.state)]) == 0
    events = [json.loads(line) for line in desk.capsys.readouterr().out.splitlines()]
    assert [told["person"]["name"] for told in events if told["kind"] == "match"] == ["Barack Obama", "Joe Biden"]


def test_a_picture_of_somebody_else_is_refused_and_can_be_forced(desk: Desk) -> None:
    refused = desk.correct(desk.stranger, "--is", "Barack Obama", "--enrol", code=1)
    assert "does not look like the other photos of Barack Obama" in refused["refused"]
    assert desk.people() == {"Barack Obama": 1}
    assert desk.correct(desk.stranger, "--is", "Barack Obama", "--enrol", "--force")["refused"] is None
    assert desk.people() == {"Barack Obama": 2}


def test_a_picture_that_looks_like_somebody_is_refused(desk: Desk) -> None:
    desk.correct(desk.match, "--is", "Barack Obama", "--enrol")
    desk.correct(desk.stranger, "--new", "Joe Biden", "--enrol")
    assert desk.people() == {"Barack Obama": 2, "Joe Biden": 1}
    # The correction of before is taken back first, so the picture is free to be given to somebody else.
    assert desk.correct(desk.stranger, "--new", "Uncle Joe", "--enrol")["refused"] is None
    assert desk.people() == {"Barack Obama": 2, "Uncle Joe": 1}


def test_it_is_told_for_people(desk: Desk) -> None:
    assert desk.run(desk.match, "--not-them") == 0
    output = desk.capsys.readouterr()
    lines = output.out.splitlines()
    assert lines[0] == "corrected: it was nobody who is enrolled"
    assert lines[1].startswith("- Barack Obama's threshold is lowered by 0.")
    assert lines[2].startswith("before: match Barack Obama, 0.") and lines[2].endswith(" under")
    assert lines[3].startswith("now:    uncertain (near threshold), Barack Obama nearest, 0.")
    assert "when it is started again" in output.err
    assert desk.listed()[1]["corrected"] is True


def test_a_visit_is_erased(desk: Desk) -> None:
    assert desk.correct(desk.match, "--erase")["erased"] is True
    assert [visit["outcome"] for visit in desk.listed()] == ["unknown"]
    assert desk.match.encode() not in (desk.state / RECORDS_FILE).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{match}", "--is", "Barack Obuma"], "did you mean 'Barack Obama'"),
        (["{match}", "--is", "Zoë"], "--new NAME names somebody new"),
        (["{match}", "--new", "barack obama"], "have the same id 'barack-obama'"),
        (["{stranger}", "--not-them"], "nobody was named in this visit"),
        (["{match}", "--not-them", "--enrol"], "--enrol needs to know whom the picture shows"),
        (["ffffffff", "--not-them"], "it never was or has expired"),
    ],
)
def test_wrong_use_is_one_sentence(desk: Desk, arguments: list[str], message: str) -> None:
    assert desk.run(*(argument.format(match=desk.match, stranger=desk.stranger) for argument in arguments)) == 2
    output = desk.capsys.readouterr()
    assert output.out == "" and message in output.err
    assert output.err.startswith("argus: ") and output.err.count("\n") == 1


def test_a_watch_keeps_and_erases_as_it_is_told(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, state = tmp_path / "pictures", tmp_path / "state"
    source.mkdir()
    state.mkdir()
    Image.new("RGB", (64, 64)).save(source / "nobody.png")
    watch = ["watch", "--collection", str(collection), "--source", str(source), "--fast", "--state", str(state)]
    records = state / RECORDS_FILE
    records.write_bytes(b"no database" * 500)
    assert main(watch) == 0
    output = capsys.readouterr().err
    assert "records are not kept" in output and "erase it with --keep-records 0" in output and "1 frames" in output
    assert main([*watch, "--keep-records", "0"]) == 0
    assert "the records of all visits were erased" in capsys.readouterr().err
    assert not records.exists()
    assert main([*watch, "--keep-records", "0.5"]) == 0
    assert "records are kept for 0.5 days" in capsys.readouterr().err
    assert records.exists()
    with pytest.raises(SystemExit):
        main([*watch, "--keep-records", "-1"])
    assert "records are kept for 0 to 3650 days" in capsys.readouterr().err
