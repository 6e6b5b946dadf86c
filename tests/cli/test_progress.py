"""How far long work is: nothing of short work, one line at a terminal, lines of their own elsewhere."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from argus.cli.main import main
from argus.cli.output import hide_line, print_text
from argus.cli.progress import Progress
from argus.core.collection import Collection
from argus.device.adapters.clock import SystemClock
from argus.storage.repository import folder_collection
from tests.made_up import enrolled


def progress(monkeypatch: pytest.MonkeyPatch, *, at_terminal: bool) -> Callable[[float, int], None]:
    """Says at such a second that so many of 9 are done."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: at_terminal)
    seconds = [0.0]
    made = Progress("photos", lambda: seconds[0])

    def at(second: float, done: int) -> None:
        seconds[0] = second
        made(done, 9)

    return at


def test_elsewhere_a_line_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = progress(monkeypatch, at_terminal=False)
    for second, done in ((1, 1), (9.9, 2), (10, 3), (19, 4), (21, 5), (30, 6), (31, 7)):
        at(second, done)
    assert capsys.readouterr() == (
        "", "argus: 3 of 9 photos\nargus: 5 of 9 photos\nargus: 7 of 9 photos\n"
    )  # fmt: skip


def test_at_a_terminal_one_line_that_gives_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = progress(monkeypatch, at_terminal=True)
    for second, done in ((0.9, 1), (1.0, 2), (1.1, 3), (1.2, 4)):
        at(second, done)
    assert capsys.readouterr().err == "\r\x1b[Kargus: 2 of 9 photos\r\x1b[Kargus: 4 of 9 photos"
    print_text("result")
    hide_line()
    assert capsys.readouterr() == ("result\n", "\r\x1b[K")


def test_short_work_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [enrolled(f"p{number}") for number in range(300)]
    folder_collection(tmp_path / "people", SystemClock().now).update(lambda _: Collection.of(people))
    for command in ("verify", "describe", "gc"):
        assert main(["collection", command, "--collection", str(tmp_path / "people")]) == 0
        assert capsys.readouterr().err == ""


SLOW_STORE = """
import sys, time
from argus.storage.folder import FolderStore

get = FolderStore.get
def slow(self, key):
    time.sleep(0.02)
    return get(self, key)

FolderStore.get = slow
from argus.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command", ["people --collection {place} list", "collection export --collection {place} {out}"]
)
def test_long_work_at_a_real_terminal_is_ended_by_ctrl_c(command: str, tmp_path: Path) -> None:
    people = [enrolled(f"p{number}") for number in range(600)]
    folder_collection(tmp_path / "people", SystemClock().now).update(lambda _: Collection.of(people))
    terminal, end = pty.openpty()
    arguments = command.format(place=tmp_path / "people", out=tmp_path / "out.zip").split()
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_STORE, *arguments], stdout=subprocess.PIPE, stderr=end, text=True
    ) as process:
        os.close(end)
        seen = ""
        while "objects" not in seen:  # once the command has ended, reading is an error
            seen += os.read(terminal, 1000).decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stdout is not None and process.stdout.read() == ""
    rest = ""
    while "\n" not in rest:
        rest += os.read(terminal, 1000).decode()
    os.close(terminal)
    assert rest.split("\x1b[K")[-1] == "argus: interrupted\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["people"]


def test_what_is_done_is_json_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder_collection(tmp_path / "people", SystemClock().now).update(lambda _: Collection.of([enrolled("ann")]))
    assert main(["collection", "export", "--collection", str(tmp_path / "people"), str(tmp_path / "a"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(tmp_path / "a")
