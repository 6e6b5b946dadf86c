"""Running the real commands, and what every answer of theirs must be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from argus.cli.main import main

ARGUS = (sys.executable, "-m", "argus.cli.main")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NO_FAULT = re.compile(r"\d+ frames in |argus: records are kept ")
"""The summary of a watch, and where its records lie."""


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def messages(self) -> list[str]:
        """What went wrong, without the program's name; every line on stderr is such a sentence, or no fault."""
        assert not _UNSAFE.search(self.out + self.err), (self.out, self.err)
        lines = [line for line in self.err.splitlines() if not _NO_FAULT.match(line)]
        assert all(line.startswith("argus: ") for line in lines), self.err
        return [line.removeprefix("argus: ") for line in lines]


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the commands remember stays among the tests."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("ARGUS_STATE", str(folder))
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs ``argus`` with these words; what libraries write past Python is heard too."""

    def run(*words: object) -> Answer:
        capfd.readouterr()
        code = main([str(word) for word in words])
        return Answer(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    """A collection with one man; never to be changed."""
    folder = tmp_path_factory.mktemp("enrolled") / "people"
    assert main(["enrol", "--collection", str(folder), "--person", "Obama", str(portraits / "obama.jpg")]) == 0
    return folder


@pytest.fixture
def unprivileged() -> tuple[str, ...]:
    """What to put before a command so that rights count: root is held back by none."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv, to be somebody else than root")
    if subprocess.run([*NOBODY, *ARGUS, "--version"], capture_output=True, check=False, cwd="/").returncode:
        pytest.skip("others cannot read this checkout")
    return NOBODY
