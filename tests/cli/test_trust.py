"""Every command that reads a collection believes only what a key of ``--trust`` signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from argus.cli.main import main
from argus.device.adapters.clock import SystemClock
from argus.storage.repository import folder_collection
from tests.made_up import enrolled

VERSION = "0" * 12
COMMANDS = [
    "identify {place} missing.jpg",
    "watch {place} --source missing.mp4",
    "explain {place} {picture}",
    "people {place} list",
    "people {place} show ann",
    "people {place} search --image missing.jpg",
    "people {place} --sign-with {key} rename ann Anna",
    "people {place} --sign-with {key} delete ann --yes",
    "enrol {place} --sign-with {key} --person Ann {picture}",
    "collection health {place}",
    "collection describe {place}",
    "collection diff {folder} {folder} --trust {key}.pub",
    "collection diff {folder}@" + VERSION + " {folder}@" + VERSION + " --trust {key}.pub",
    "collection export {place} out.zip",
    "collection import --collection new {folder} --trust {key}.pub",
    "collection import --collection new {folder} --merge --trust {key}.pub",
    "collection gc {place} --grace 0 --keep 0",
    "collection sign {place} --sign-with {key}",
    "collection rollback {place} --sign-with {key} " + VERSION,
]
"""``{place}`` stands for the collection and the key that is believed."""


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ARGUS_SIGN_WITH", "ARGUS_TRUST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A collection that nobody signed, and a key that is believed."""
    folder_collection(tmp_path / "staff", SystemClock().now).update(lambda old: old.with_person(enrolled("ann")))
    assert main(["collection", "keygen", str(tmp_path / "key")]) == 0
    capsys.readouterr()
    return tmp_path / "staff"


def words(command: str, folder: Path, portraits: Path) -> list[str]:
    key = folder.parent / "key"
    place = f"--collection {folder} --trust {key}.pub"
    return command.format(place=place, folder=folder, key=key, picture=portraits / "obama.jpg").split()


@pytest.mark.parametrize("command", COMMANDS)
def test_what_nobody_signed_is_refused(
    command: str, folder: Path, portraits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path for path in folder.parent.rglob("*") if path.is_file() and not path.name.startswith("."))
    assert main(words(command, folder, portraits)) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        "argus: the head is not signed: look at what it says, then `argus collection sign --adopt` it\n"
    )
    assert before == sorted(path for path in folder.parent.rglob("*") if path.is_file() and path.name[0] != ".")


@pytest.mark.parametrize("command", [one for one in COMMANDS if "describe" in one or "gc" in one or "list" in one])
def test_the_environment_asks_for_it_as_the_option_does(
    command: str, folder: Path, portraits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGUS_TRUST", f"{folder.parent / 'key'}.pub")
    arguments = words(command, folder, portraits)
    at = arguments.index("--trust")
    assert main(arguments[:at] + arguments[at + 2 :]) == 2
    assert "the head is not signed" in capsys.readouterr().err


def test_an_altered_head_is_refused(folder: Path, portraits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = folder.parent / "key"
    assert main(["collection", "sign", "--collection", str(folder), "--sign-with", str(key), "--adopt"]) == 0
    head = json.loads((folder / "head.json").read_bytes())
    head["signed"] = head["signed"].replace('"sequence":2', '"sequence":9')
    (folder / "head.json").write_text(json.dumps(head, sort_keys=True, separators=(",", ":")))
    capsys.readouterr()
    for command in ("people {place} list", "collection describe {place}", "collection gc {place}"):
        assert main(words(command, folder, portraits)) == 2
        assert "the head was altered, restore it" in capsys.readouterr().err


def test_those_that_examine_find_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--collection", str(folder), "--trust", f"{folder.parent / 'key'}.pub", "--json"]
    assert main(["collection", "verify", *arguments]) == 1
    assert "the head is not signed" in json.loads(capsys.readouterr().out)["faults"][0]
    assert main(["doctor", *arguments]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["what"] for one in found if one["topic"] == "collection"] == ["the head is not signed"]
