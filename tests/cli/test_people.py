from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from argus.cli.main import main
from tests.rehearsed import enrol


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    folder = tmp_path_factory.mktemp("two") / "people"
    obama = [portraits / "obama.jpg", portraits / "obama2.jpg"]
    enrol(folder, {"Barack Obama": obama, "Joe Biden": [portraits / "biden.jpg"]})
    return folder


@pytest.fixture
def people(enrolled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(enrolled, tmp_path / "people"))


def run(folder: Path, *arguments: str) -> int:
    return main(["people", "--collection", str(folder), *arguments])


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_everybody_is_listed(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(people, "list", "--json") == 0
    obama, biden = records(capsys)
    assert obama == {
        "id": "barack-obama",
        "name": "Barack Obama",
        "category": "person",
        "photos": 2,
        "stricter_by": 0,
        "look_alikes": [],
    }
    assert (biden["id"], biden["photos"]) == ("joe-biden", 1)
    assert run(people, "list") == 0
    assert "Joe Biden" in capsys.readouterr().out.splitlines()[1]


def test_look_alikes_are_marked(people: Path, portraits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["enrol", "--collection", str(people), "--person", "Barry", "--force", str(portraits / "obama2.jpg")]
    # The very photo of somebody else is refused all the same.
    assert main(arguments) == 1
    assert main([*arguments[:-1], str(portraits / "obama_partial_face.jpg")]) == 0
    assert "Barack Obama and Barry look unusually much alike" in capsys.readouterr().err
    assert run(people, "list", "--json") == 0
    assert {one["id"]: one["look_alikes"] for one in records(capsys)} == {
        "barack-obama": ["barry"],
        "barry": ["barack-obama"],
        "joe-biden": [],
    }
    assert run(people, "list") == 0
    assert "looks like Barack Obama" in capsys.readouterr().out


def test_one_person_is_shown_by_id_or_name(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(people, "show", "barack-obama", "--json") == 0
    (obama,) = records(capsys)
    assert len(obama["faces"]) == 2
    (there,), (back,) = (face["distances"] for face in obama["faces"])
    assert there == back
    assert 0.2 < there < 0.6
    (nearest,) = obama["nearest"]
    assert (nearest["person"]["id"], nearest["within"]) == ("joe-biden", False)
    assert nearest["normalised_distance"] > nearest["threshold"]
    assert run(people, "show", "Joe Biden") == 0
    output = capsys.readouterr().out
    assert "the only one" in output
    assert "Barack Obama" in output


def test_a_picture_is_searched(people: Path, portraits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(people, "search", "--image", str(portraits / "obama2.jpg"), "--json") == 0
    (face,) = records(capsys)
    assert [(one["person"]["id"], one["within"]) for one in face["nearest"]] == [
        ("barack-obama", True),
        ("joe-biden", False),
    ]
    assert run(people, "search", "--image", str(portraits / "obama2.jpg")) == 0
    assert "under" in capsys.readouterr().out.splitlines()[1]


def test_an_enrolled_face_is_searched_among_the_others(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(people, "show", "joe-biden", "--json")
    (biden,) = records(capsys)
    assert run(people, "search", "--face", biden["faces"][0]["face_id"][:8], "--json") == 0
    (found,) = records(capsys)
    assert found["of"] == {"id": "joe-biden", "name": "Joe Biden"}
    assert [one["person"]["id"] for one in found["nearest"]] == ["barack-obama"]


def test_a_picture_without_a_face_is_refused(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    assert run(people, "search", "--image", str(tmp_path / "text.jpg")) == 1
    (tmp_path / "grey.ppm").write_bytes(b"P6 200 200 255\n" + bytes([128]) * 120_000)
    assert run(people, "search", "--image", str(tmp_path / "grey.ppm")) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "text.jpg: this is not a picture" in output.err
    assert "grey.ppm: no face was found" in output.err


def test_a_new_name_keeps_the_id(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(people, "rename", "Joe Biden", "Joseph R. Biden", "--json") == 0
    assert records(capsys) == [{"id": "joe-biden", "name": "Joseph R. Biden", "was": "Joe Biden"}]
    assert run(people, "show", "joe-biden") == 0
    assert "Joseph R. Biden" in capsys.readouterr().out
    assert run(people, "rename", "joe-biden", "Barack Obama") == 2
    assert "choose a name that tells them apart" in capsys.readouterr().err


def test_erasing_asks_and_leaves_nothing(
    people: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`delete` is another word for it."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert run(people, "erase", "joe-biden") == 2
    assert "say --yes" in capsys.readouterr().err
    for answer, code in (("\n", 1), ("", 1), ("yes\n", 0)):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        assert run(people, "delete", "joe-biden") == code
    assert "joe-biden is erased" in capsys.readouterr().out
    assert not any(b"joe-biden" in path.read_bytes() for path in people.rglob("*") if path.is_file())
    assert run(people, "delete", "barack-obama", "--yes", "--json") == 0
    (receipt,) = records(capsys)
    assert (receipt["person_id"], receipt["verified"]) == ("barack-obama", True)
    assert receipt["removed"]["faces"] == 2
    assert run(people, "list") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nobody"], "nobody here has the id or the name 'nobody'"),
        (["search", "--face", "zz"], "no face here"),
        (["search", "--face", ""], "more than one face here"),
        (["rename", "joe-biden", " "], "nobody can be called"),
        (["show", "joe-biden", "--false-alarm-rate", "2"], "lies between 0 and 1"),
    ],
)
def test_wrong_use_is_one_clear_message(
    people: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(people, *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert output.err.count("\n") == 1


def test_without_a_collection_there_is_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nothing", "list") == 2
    assert "enrol somebody first" in capsys.readouterr().err
