"""install.sh and run.sh: the zip alone, on a device without network."""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

import argus
from scripts.bundling.component import build
from tests.packaging.installing import Device, device
from tests.packaging.made_wheel import make_wheel

PROGRAM = """\
import os, sys
print(sys.argv[1:], os.environ["ARGUS_MODELS"], sys.prefix, os.getppid())
sys.exit(os.path.exists("broken"))
"""


@pytest.fixture(scope="module")
def template(root: Path) -> Iterator[Device]:
    """A device before the installation: the scripts, a program that says how it was called, and nothing to install."""
    with device() as made:
        for script in ("install.sh", "run.sh"):
            shutil.copyfile(root / "components" / "greengrass" / script, made.bundle / script)
        package = made.bundle / "argus" / "device"
        package.mkdir(parents=True)
        (package / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        (made.bundle / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
        yield made


@pytest.fixture(scope="module")
def installed_template(template: Device) -> Iterator[Device]:
    with device() as made:
        made.copy_from(template)
        done = made.install()
        assert done.returncode == 0, done.stderr
        yield made


@pytest.fixture
def bare(template: Device) -> Iterator[Device]:
    """The small device, before anything was installed."""
    with device() as made:
        made.copy_from(template)
        yield made


@pytest.fixture
def small(installed_template: Device) -> Iterator[Device]:
    """The small device, installed."""
    with device() as made:
        made.copy_from(installed_template)
        yield made


def test_the_zip_alone_installs_and_works(root: Path, tmp_path: Path) -> None:
    """From its own wheels, without network, as a user without rights, in a folder that is not the bundle's."""
    with device() as made:
        (archive,) = build(root, tmp_path, [platform.machine()], [version(made)])
        with ZipFile(archive) as file:
            file.extractall(made.bundle)
        before = snapshot(made.bundle)
        done = made.install()
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[:3] == [
            f"argus: making an environment with {version(made, full=True)} ({made.user.python})",
            "argus: installing from the bundled wheels",
            "argus: checking what was installed",
        ]
        assert f"argus {argus.__version__}: 13 packages and all models work\n" in done.stdout
        assert done.stdout.endswith("\nok\n")
        assert (made.work / "state").is_dir()
        assert snapshot(made.bundle) == before
        damaged = made.bundle / "models" / "resize.onnx"
        damaged.write_bytes(b"")
        again = made.install()
        assert again.returncode == 1
        assert "resize.onnx is damaged" in again.stdout
        assert "making" not in again.stdout


def version(made: Device, *, full: bool = False) -> str:
    """Of the device's Python: ``3.11``, or ``Python 3.11.2``."""
    command = [os.fspath(made.user.python), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return answer if full else ".".join(answer.split()[1].split(".")[:2])


def snapshot(folder: Path) -> set[tuple[str, int]]:
    return {(os.fspath(path), path.stat().st_size) for path in folder.rglob("*")}


def test_an_environment_is_used_again_and_that_before_stays(small: Device) -> None:
    first = small.environment
    again = small.install()
    assert (again.returncode, again.stderr) == (0, "")
    assert re.fullmatch(r"argus: the environment is there already \(cp3\d+-\w{16}\)", again.stdout.splitlines()[0])

    (small.bundle / "requirements.txt").write_text("# an update\n", encoding="utf-8")
    assert "argus: making an environment" in small.install().stdout
    second = small.environment
    assert small.environments() == {first, second}

    (small.bundle / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    assert "argus: the environment is there already" in small.install().stdout  # rolled back
    assert small.environment == first

    (small.bundle / "requirements.txt").write_text("# another update\n", encoding="utf-8")
    assert small.install().returncode == 0
    assert small.environments() == {first, small.environment}
    assert second not in small.environments()


def test_what_was_interrupted_and_what_lost_its_python_is_made_anew(small: Device) -> None:
    environment = small.work / small.environment
    (environment / "complete").unlink()
    (environment / "half-made").touch()
    assert "argus: making an environment" in small.install().stdout
    assert not (environment / "half-made").exists()

    python = environment / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    assert "argus: making an environment" in small.install().stdout
    assert python.resolve() == small.user.python.resolve()


def test_a_wheel_that_is_not_the_locks_is_refused_and_the_old_environment_stays(small: Device) -> None:
    before = small.environment
    wheels = small.bundle / "wheels"
    wheels.mkdir()
    make_wheel(wheels)
    (wheels / f"cp{version(small).replace('.', '')}.txt").touch()
    lock = "--only-binary :all:\nnothing==1.0 --hash=sha256:" + "0" * 64 + "\n"
    (small.bundle / "requirements.txt").write_text(lock, encoding="utf-8")
    done = small.install()
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("argus: the bundled wheels could not be installed")
    assert small.environment == before


def test_what_does_not_work_is_not_put_in_use(small: Device) -> None:
    before = small.environment
    (small.bundle / "requirements.txt").write_text("# an update\n", encoding="utf-8")
    (small.work / "broken").touch()
    done = small.install()
    assert done.returncode == 1
    assert "argus: making an environment" in done.stdout
    assert done.stderr == (
        "argus: what was installed does not work, for the reason above; what was used before stays in use\n"
    )
    assert small.environment == before


def test_the_newest_python_that_fits_asks_the_index_where_there_are_no_wheels(bare: Device) -> None:
    programs = bare.bundle / "programs"
    programs.mkdir()
    make_program(programs / "python3.13", "exit 1")  # as where its venv module is missing
    make_program(programs / "python3.12", f'exec {bare.user.python} "$@"')
    make_program(programs / "python3.11", "exit 1")
    (bare.bundle / "requirements.txt").write_text("no-such-package-of-argus==1.0\n", encoding="utf-8")
    done = bare.install(
        PATH=f"{programs}:/usr/bin:/bin", ARGUS_PYTHON="", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0"
    )
    assert done.returncode == 1
    assert f"({programs}/python3.12)" in done.stdout
    assert "argus: installing from the package index" in done.stdout
    assert "scripts/build_component --wheels" in done.stderr.splitlines()[-1]
    assert not (bare.work / "venv").exists()


@pytest.mark.parametrize(
    ("system", "helps"),
    [
        ('ID="amzn"\nVERSION_ID="2023"', "sudo dnf install -y python3.11"),
        ('ID=debian\nVERSION_ID="12"', "sudo apt-get install -y python3-venv"),
        ('ID=raspbian\nVERSION_ID="12"', "sudo apt-get install -y python3-venv"),
        ('ID=debian\nVERSION_ID="11"', "an upgrade to Debian 12 (Raspberry Pi OS bookworm) or newer"),
        ('ID=ubuntu\nVERSION_ID="24.04"', "sudo apt-get install -y python3-venv"),
        ('ID=ubuntu\nVERSION_ID="20.04"', "Ubuntu 22.04 or 24.04"),
        ("ID=plan9", "your system's package, or one from python.org"),
        (None, "your system's package, or one from python.org"),
    ],
)
def test_without_one_it_says_what_to_install(bare: Device, system: str | None, helps: str) -> None:
    release = bare.bundle / "os-release"
    if system is not None:
        release.write_text(f"{system}\n", encoding="utf-8")
    done = bare.install(ARGUS_PYTHON="no-such-python", ARGUS_OS_RELEASE=os.fspath(release))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert f"what helps: {helps}" in done.stderr
    assert not list(bare.work.iterdir())


def make_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def test_the_program_runs_with_its_state_beside_the_environment(small: Device) -> None:
    done = small.run("run.sh", "--check", PYTHONPATH="/no/such", PYTHONHOME="/no/such")
    assert done.returncode == 0, done.stderr
    arguments = ["--state", f"{small.work}/state", "--check"]
    # Its environment is its own, whichever is put in use later.
    environment = f"{small.work}/{small.environment}"
    assert done.stdout.startswith(f"{arguments} {small.bundle}/models {environment} ")
    # `exec`: the program is the very process that was started, and gets its signals.
    assert int(done.stdout.split()[-1]) == os.getpid()
    assert not list(small.bundle.rglob("__pycache__"))
