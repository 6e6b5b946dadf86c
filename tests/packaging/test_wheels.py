"""Wheels for a machine that need not be this one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.bundling.component import main
from scripts.bundling.errors import BundleError
from scripts.bundling.targets import Target
from scripts.bundling.wheels import fetch_wheels
from tests.packaging.made_wheel import make_wheel

PI = Target("aarch64", "3.11")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, which is all that pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", os.fspath(folder))
    return folder


def write_lock(folder: Path, *lines: str) -> Path:
    path = folder / "lock.txt"
    path.write_text("\n".join(("--only-binary :all:", *lines, "")), encoding="utf-8")
    return path


def test_the_wheel_of_the_target_is_fetched_once(index: Path, tmp_path: Path) -> None:
    wanted, sha256 = make_wheel(index, "cp311-cp311-manylinux_2_28_aarch64")
    hashes = [sha256]
    for other in ("cp311-cp311-manylinux_2_28_x86_64", "cp313-cp313-manylinux_2_28_aarch64"):
        hashes.append(make_wheel(index, other)[1])
    make_wheel(index, "cp311-cp311-manylinux_2_35_aarch64")  # too new a glibc
    pins = [f"nothing==1.0 {' '.join(f'--hash=sha256:{each}' for each in hashes)}"]
    pins += ["colour==1.0 ; sys_platform == 'win32' --hash=sha256:" + "0" * 64]
    pins += ["typing-old==1.0 ; python_full_version < '3.11' --hash=sha256:" + "0" * 64]
    lock = write_lock(tmp_path, *pins)
    (fetched,) = fetch_wheels(lock, PI, tmp_path / "cache")
    assert fetched.name == wanted.name
    for wheel in index.iterdir():
        wheel.unlink()
    assert fetch_wheels(lock, PI, tmp_path / "cache") == [fetched]


def test_another_file_than_the_locks_is_refused(index: Path, tmp_path: Path) -> None:
    make_wheel(index)
    lock = write_lock(tmp_path, "nothing==1.0 --hash=sha256:" + "0" * 64)
    with pytest.raises(BundleError, match=r"the wheels for aarch64, CPython 3\.11 could not be fetched"):
        fetch_wheels(lock, PI, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_those_of_an_earlier_lock_are_not_kept(index: Path, tmp_path: Path) -> None:
    _, sha256 = make_wheel(index)
    fetch_wheels(write_lock(tmp_path, f"nothing==1.0 --hash=sha256:{sha256}"), PI, tmp_path / "cache")
    more = f"nothing==1.0 --hash=sha256:{sha256} --hash=sha256:{'0' * 64}"
    (fetched,) = fetch_wheels(write_lock(tmp_path, more), PI, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == [fetched.parent]


def test_a_wheel_that_was_damaged_since_is_fetched_again(index: Path, tmp_path: Path) -> None:
    _, sha256 = make_wheel(index)
    lock = write_lock(tmp_path, f"nothing==1.0 --hash=sha256:{sha256}")
    (fetched,) = fetch_wheels(lock, PI, tmp_path / "cache")
    fetched.write_bytes(b"damaged")
    with pytest.raises(BundleError, match="did not hold the wheels of the lock and was removed: run the same again"):
        fetch_wheels(lock, PI, tmp_path / "cache")
    assert fetch_wheels(lock, PI, tmp_path / "cache") == [fetched]


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "scripts/build_component --wheels --platforms aarch64" in capsys.readouterr().out
