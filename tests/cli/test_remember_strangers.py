"""``argus watch --remember-strangers``: on remembers over runs, off erases, without it what is left stays its time."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from argus.cli.main import main
from argus.device.strangers_store import STRANGERS_FILE


def watch(collection: Path, clip: Path, state: Path, *options: str) -> int:
    source = ["--collection", str(collection), "--source", str(clip), "--fast", "--json", "--keep-records", "0"]
    return main(["watch", *source, "--state", str(state), *options])


def stranger_ids(output: str) -> list[str | None]:
    events = [json.loads(line) for line in output.splitlines()]
    assert {event["stranger_id"] for event in events if event["person"]} == {None}
    return [event["stranger_id"] for event in events if event["kind"] in ("unknown", "left") and not event["person"]]


def test_on_without_and_off(collection: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "state"
    assert watch(collection, clip, state) == 0
    assert stranger_ids(capsys.readouterr().out) == [None, None]
    assert not state.exists()

    assert watch(collection, clip, state, "--remember-strangers", "on", "--stranger-days", "2") == 0
    first = capsys.readouterr()
    [told, at_the_end] = stranger_ids(first.out)
    assert told is not None and told == at_the_end
    assert f"strangers are remembered for 2 days in {state / STRANGERS_FILE}" in first.err
    with closing(sqlite3.connect(state / STRANGERS_FILE)) as file:
        [(vector,)] = file.execute("SELECT vector FROM strangers").fetchall()
    assert vector[40:56] in (state / STRANGERS_FILE).read_bytes()

    # Another run of the same clip: the same stranger.
    assert watch(collection, clip, state, "--remember-strangers", "on") == 0
    assert stranger_ids(capsys.readouterr().out) == [told, told]
    # Without the option nobody is asked, and nothing is erased before its time.
    assert watch(collection, clip, state) == 0
    assert stranger_ids(capsys.readouterr().out) == [None, None]

    assert watch(collection, clip, state, "--remember-strangers", "off") == 0
    last = capsys.readouterr()
    assert stranger_ids(last.out) == [None, None]
    assert "all remembered strangers were erased (1)" in last.err
    assert not any(vector[40:56] in path.read_bytes() for path in state.iterdir())


def test_a_memory_that_cannot_be_used_does_not_end_the_watch(
    collection: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / STRANGERS_FILE).write_bytes(b"no database" * 100)
    assert watch(collection, clip, tmp_path, "--remember-strangers", "on") == 0
    output = capsys.readouterr()
    assert stranger_ids(output.out) == [None, None]
    assert "strangers are not remembered" in output.err


@pytest.mark.parametrize("days", ["0", "-1", "nan", "366", "soon"])
def test_a_time_that_cannot_be(collection: Path, clip: Path, tmp_path: Path, days: str) -> None:
    with pytest.raises(SystemExit) as end:
        watch(collection, clip, tmp_path, "--stranger-days", days)
    assert end.value.code == 2
