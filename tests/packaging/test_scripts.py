"""The scripts: executable, complete, and deciding rightly when there is something to set up."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def bash(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail; source scripts/_prepare.sh; {script}"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def prepared(root: Path, tmp_path: Path) -> Path:
    """A checkout that looks set up, in a path with a space: its Python is a script that writes down its arguments."""
    folder = tmp_path / "check out"
    for name in ("scripts/_prepare.sh", "requirements/run.txt", "components/argus/__init__.py", "models/manifest.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" >>calls\nexit "${EXIT:-0}"\n', encoding="utf-8")
    python.chmod(0o755)
    (folder / "models/built").mkdir()
    shutil.copy(folder / "models/manifest.json", folder / "models/built/manifest.json")
    assert bash('stamp run >"$root/.venv/argus-run.stamp"', folder).returncode == 0
    return folder


def calls(folder: Path) -> str:
    path = folder / "calls"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_scripts_can_be_executed(root: Path) -> None:
    scripts = [path for path in (root / "scripts").iterdir() if path.is_file() and not path.suffix]
    assert {"argus", "demo", "lock", "test"} <= {path.name for path in scripts}
    for path in [*scripts, root / ".ci" / "run"]:
        assert os.access(path, os.X_OK), path
        assert path.read_text(encoding="utf-8").startswith("#!/usr/bin/env "), path


PYTEST = "pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder"


def test_the_gate_runs_every_check(root: Path) -> None:
    gate = (root / "scripts" / "test").read_text(encoding="utf-8")
    for check in ("ruff check", "ruff format --check", "mypy", "lint-imports", "check_shell", PYTEST):
        assert f"\ncheck {check}\n" in gate
    assert "exec scripts/test" in (root / ".ci" / "run").read_text(encoding="utf-8")


def test_nothing_is_done_when_all_is_there(prepared: Path) -> None:
    done = bash("prepare run", prepared)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert calls(prepared) == ""


@pytest.mark.parametrize("changed", ["requirements/run.txt", "components/argus/__init__.py"])
def test_a_change_is_installed_once(prepared: Path, changed: str) -> None:
    with (prepared / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert bash("prepare run", prepared).returncode == 0
    installed = calls(prepared)
    assert "pip install" in installed
    assert "--require-hashes" in installed
    assert "models" not in installed
    assert bash("prepare run", prepared).returncode == 0
    assert calls(prepared) == installed


def test_changed_models_are_made_again(prepared: Path) -> None:
    (prepared / "models/manifest.json").write_text("{}", encoding="utf-8")
    assert bash("prepare run", prepared).returncode == 0
    assert calls(prepared) == "-m models.portraits\n-m models\n"
    assert bash("prepare run", prepared, ARGUS_MODELS="elsewhere").returncode == 0
    assert calls(prepared) == "-m models.portraits\n-m models\n"


def test_a_failed_install_stops_and_is_made_anew(prepared: Path) -> None:
    (prepared / "requirements/run.txt").write_text("changed\n", encoding="utf-8")
    failed = bash("prepare run; echo went on", prepared, EXIT="1")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.endswith("run the same again to go on\n")
    assert (prepared / ".venv/argus-unfinished").exists()
    again = bash("prepare run", prepared, ARGUS_PYTHON="no-such-python")
    assert again.returncode != 0
    assert "install CPython 3.10 to 3.13" in again.stderr
    assert not (prepared / ".venv").exists()


def test_two_at_once_set_up_once(prepared: Path) -> None:
    (prepared / "models/manifest.json").write_text("{}", encoding="utf-8")
    python = prepared / ".venv/bin/python"
    finish = '[ "$2" = models ] && sleep 0.5 && cp models/manifest.json models/built/manifest.json\n'
    python.write_text(f'#!/bin/sh\necho "$@" >>calls\n{finish}exit 0\n', encoding="utf-8")
    assert bash("prepare run & prepare run; wait", prepared).returncode == 0
    assert calls(prepared) == "-m models.portraits\n-m models\n"


@pytest.mark.parametrize("python", ["no-such-python", "false"])
def test_without_a_fitting_python_it_says_what_to_install(root: Path, python: str) -> None:
    done = bash("find_python", root, ARGUS_PYTHON=python)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "install CPython 3.10 to 3.13" in done.stderr
