"""``argus cloud local``: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from argus.cli.cloud_local import upload_line
from tests.local.conftest import TEMPLATE, Running
from tests.waiting import until


@contextmanager
def started(*options: str, before: Sequence[str] = (), **variables: str) -> Iterator[subprocess.Popen[str]]:
    command = [*before, sys.executable, "-m", "argus.cli.main", "cloud", "local", "--template", str(TEMPLATE), *options]
    environment = os.environ | variables
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_json_says_how_it_is_reached_and_sigterm_ends_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody-else")  # the functions must not follow it
    with started("--json") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()
        said: dict[str, Any] = json.loads(line)
        monkeypatch.delenv("AWS_PROFILE")
        for name, value in said["environment"].items():
            monkeypatch.setenv(name, value)
        assert said["outputs"]["Photos"] in {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]}
        assert {resource["type"] for resource in said["inert"]} >= {"AWS::IAM::Role"}
        boto3.client("sns").publish(TopicArn=said["outputs"]["Topic"], Message="Maria was seen")
        sent = json.loads(process.stdout.readline())
        assert (sent["kind"], sent["topic"], sent["text"]) == ("sent", "argus-Alerts", "Maria was seen")
        ports = [int(said["environment"]["AWS_ENDPOINT_URL"].rpartition(":")[2]), said["mqtt"]["port"]]
        assert all(map(listens, ports))
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)
        assert (process.returncode, output) == (0, "")
        assert {json.loads(line)["service"] for line in errors.splitlines()} == {"worker"}  # its log and nothing else
        assert not any(map(listens, ports))


def test_text_is_for_a_shell_and_nothing_outlives_a_kill() -> None:
    with started() as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("# Ctrl-C"):
            lines.append(process.stdout.readline())
            assert lines[-1], process.communicate()
        script = "".join(lines) + 'printf "%s\\n" "$AWS_ENDPOINT_URL" "${AWS_PROFILE-none}"'
        shell = subprocess.run(
            ["sh", "-euc", script], capture_output=True, text=True, check=True, env=os.environ | {"AWS_PROFILE": "x"}
        )
        address, profile = shell.stdout.split()
        assert profile == "none"
        assert (
            "# Not here: 2 AWS::IAM::Role: a function's calls are held to its role; other roles nobody takes\n" in lines
        )
        broker = next(int(line.split()[2].partition(":")[2]) for line in lines if line.startswith("# MQTT"))
        ports = [int(address.rpartition(":")[2]), broker]
        assert all(map(listens, ports))
        process.kill()
        assert until(lambda: not any(map(listens, ports)))


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_who_ends_it_while_it_starts_leaves_nothing_behind(asked: signal.Signals, tmp_path: Path) -> None:
    with started("--json", TMPDIR=str(tmp_path)) as process:
        assert until(lambda: list(tmp_path.glob("argus-cloud-*"))), process.communicate()
        process.send_signal(asked)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, ""), errors
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_that_is_closed_ends_it_but_not_under_nohup(tmp_path: Path) -> None:
    for before in ((), ("nohup",)):
        with started("--json", before=before, TMPDIR=str(tmp_path)) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.send_signal(signal.SIGHUP)
            if before:
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.5)
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        assert process.returncode == 0
        assert list(tmp_path.iterdir()) == []


def test_the_line_that_enrols_somebody_is_one_for_a_shell(running: Running, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"a portrait")
    bucket = running.cloud.outputs["Photos"]
    environment = {**os.environ, **running.cloud.environment}
    subprocess.run(["sh", "-euc", upload_line(str(photo), bucket, "Joe Biden")], check=True, env=environment)
    there = running.cloud.client("s3").get_object(Bucket=bucket, Key="photo.jpg")
    assert (there["Metadata"], there["Body"].read()) == ({"person": "Joe Biden"}, b"a portrait")


def test_a_template_that_is_not_there_is_one_sentence() -> None:
    command = [sys.executable, "-m", "argus.cli.main", "cloud", "local", "--template", "/nonexistent.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("argus: the template /nonexistent.yaml cannot be read: ")
    assert done.stderr.count("\n") == 1
