from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from argus.cli.main import main


def test_watch_serves_a_page(root: Path, collection: Path, clip: Path) -> None:
    command = [sys.executable, "-m", "argus.cli.main", "watch", "--collection", str(collection), "--source", str(clip)]
    with subprocess.Popen(
        [*command, "--loop", "--json", "--preview", "0"],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        note = process.stderr.readline()
        address = re.fullmatch(r"argus: preview at (http://127\.0\.0\.1:\d+/)\n", note)
        assert address is not None, note
        match = json.loads(process.stdout.readline())
        with urllib.request.urlopen(f"{address[1]}live", timeout=10) as stream:
            told = next(line for line in stream if line.startswith(b'data: {"visit"'))
            assert json.loads(told.removeprefix(b"data: "))["visit"] == match["visit_id"]
            # The aid goes on with a face that is known.
            assert any(b'"Size"' in line for line in stream)
            process.send_signal(signal.SIGINT)
            assert b'"state": "ended"' in stream.read()
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert " frames in " in rest and "Traceback" not in rest


def test_a_port_that_is_taken_is_one_clear_sentence(
    collection: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        arguments = ["watch", "--collection", str(collection), "--source", str(clip), "--preview", str(port)]
        assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        f"argus: the preview cannot be served on port {port}: another program has it. "
        "Choose another, or 0 for one that is free\n"
    )


@pytest.mark.parametrize("port", ["70000", "-1", "web"])
def test_what_is_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["watch", "--collection", "c", "--source", "0", f"--preview={port}"])
    assert ended.value.code == 2
    assert "a port is a number up to 65535" in capsys.readouterr().err
