"""The cloud on this machine, as the account of whoever uses the command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from argus.cli.main import main
from cloud_lambdas.local.compose import LocalCloud, local_cloud

Ask = Callable[..., tuple[int, list[Any]]]
Tell = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def running() -> Iterator[LocalCloud]:
    with local_cloud() as cloud:
        yield cloud


def lead_to(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the environment as `argus cloud local` says."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def cloud(running: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """It runs, and the environment leads there."""
    lead_to(running, monkeypatch)
    return running


@pytest.fixture
def ask(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs ``argus cloud ... --json``; its exit code, and what it printed."""

    def run(*arguments: str) -> tuple[int, list[Any]]:
        capsys.readouterr()
        code = main(["cloud", *arguments, "--json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.fixture
def tell(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Runs ``argus cloud ...``; its exit code, and its text."""

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["cloud", *arguments])
        return code, capsys.readouterr().out

    return run
