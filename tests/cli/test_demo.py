"""``argus demo``: all of it, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from argus.cli.main import main
from argus.cli.output import ExitCode
from tests.waiting import until


@contextmanager
def started(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command, with ``folder`` for whatever it makes, and in a session that its processes can be told by."""
    command = [sys.executable, "-m", "argus.cli.main", "demo", *options]
    environment = {**os.environ, "TMPDIR": str(folder), "AWS_PROFILE": "somebody-else"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def left_behind(folder: Path) -> list[str]:
    """Command lines of the processes that were started with that folder for temporary files."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


def test_once_every_flow_does_what_it_should(portraits: Path, tmp_path: Path) -> None:
    with started(tmp_path, "--once", "--json") as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    summary = lines.pop()
    assert summary["kind"] == "summary" and summary["passed"] and summary["failed"] == []
    assert [summary[name] for name in ("photos", "events", "sightings", "alerts")] == [1, 6, 6, 2]
    assert set(summary["seconds"]["capture_to_alert"]) == {"p50", "p95"}

    events = [line for line in lines if line.get("schema") == "argus.visit/1"]
    announced = [(one["kind"], one["person"] and one["person"]["name"]) for one in events if one["kind"] != "left"]
    assert announced == [("match", "Barack Obama"), ("unknown", None), ("match", "Barack Obama")]
    sent = [line for line in lines if line["kind"] == "sent"]
    assert [one["attributes"]["category"] for one in sent] == ["resident", "none"]
    assert "Barack Obama" in sent[0]["subject"]
    reception, guard = "reception@example.com", "+12025550101"
    assert [[to["endpoint"] for to in one["to"]] for one in sent] == [[reception], [reception, guard]]
    assert len(lines) == len(events) + len(sent)

    assert list(tmp_path.iterdir()) == [], "what was made for the demo is left behind"
    assert until(lambda: not left_behind(tmp_path)), left_behind(tmp_path)


def test_a_signal_ends_all_of_it(portraits: Path, tmp_path: Path) -> None:
    with started(tmp_path, "--preview", "0") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "the device's program runs" in line:
                break
        assert until(lambda: any("argus.device" in command for command in left_behind(tmp_path)))
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does at Ctrl-C
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    assert until(lambda: not left_behind(tmp_path)), left_behind(tmp_path)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP])
def test_who_ends_it_while_it_starts_leaves_nothing_behind(
    asked: signal.Signals, portraits: Path, tmp_path: Path
) -> None:
    with started(tmp_path, "--once") as process:
        assert until(lambda: list(tmp_path.glob("argus-cloud-*"))), process.communicate()
        process.send_signal(asked)
        _, err = process.communicate(timeout=120)
    assert process.returncode == ExitCode.INTERRUPTED, err
    assert list(tmp_path.iterdir()) == []
    assert until(lambda: not left_behind(tmp_path)), left_behind(tmp_path)


def test_a_missing_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--source", "nowhere.mp4"]) == 2
    assert "There is no file or folder at nowhere.mp4" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["80", None])
def test_a_port_that_cannot_be_had(port: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = port or str(taken.getsockname()[1])
        assert main(["demo", "--preview", port]) == 2
    assert f"the preview cannot be served on port {port}" in capsys.readouterr().err


def test_only_the_clip_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--once", "--source", "0"]) == 2
    assert "leave out --source or --once" in capsys.readouterr().err
