"""Fetches the wheels of a lock for a machine that need not be this one.

pip does the fetching, with the user's own configuration of it. It would ask the markers about the Python that runs it,
whatever ``--python-version`` says, so it is given the pins that were chosen here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

from scripts.bundling.errors import BundleError
from scripts.bundling.locks import Pin, read_lock
from scripts.bundling.targets import Target


def fetch_wheels(lock: Path, target: Target, cache: Path) -> list[Path]:
    """One wheel for each pin of ``lock`` that ``target`` wants, hashes checked; sorted by name.

    They stay in ``cache`` until the lock changes, so that the second time needs no network.

    Raises:
        BundleError: one cannot be fetched, or is not what the lock says.
    """
    pins = [pin for pin in read_lock(lock) if pin.holds_for(target.markers)]
    requirements = "".join(_line(pin) for pin in pins)
    version = hashlib.sha256(requirements.encode()).hexdigest()[:16]
    folder = cache / f"{target.machine}-{target.tag}-{version}"
    if not folder.is_dir():
        for older in cache.glob(f"{target.machine}-{target.tag}-*"):
            shutil.rmtree(older)
        _download(requirements, target, folder)
    wheels = sorted(folder.glob("*.whl"))
    _check(wheels, pins, folder)
    return wheels


def _line(pin: Pin) -> str:
    return f"{pin.name}=={pin.version} {' '.join(f'--hash=sha256:{sha256}' for sha256 in pin.hashes)}\n"


def _download(requirements: str, target: Target, folder: Path) -> None:
    """Fills ``folder``, which appears whole or not at all."""
    print(f"argus: fetching the wheels for {target.machine}, CPython {target.python}", file=sys.stderr, flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as made:
        unfinished = Path(made) / "wheels"
        file = Path(made) / "requirements.txt"
        file.write_text(requirements, encoding="utf-8")
        platforms = [option for platform in target.platforms for option in ("--platform", platform)]
        python = ["--implementation", "cp", "--python-version", target.python, *platforms]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", *python]
        command += ["--dest", os.fspath(unfinished), "--requirement", os.fspath(file)]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            raise BundleError(
                f"the wheels for {target.machine}, CPython {target.python} could not be fetched (pip's reason stands "
                "above): check the connection and pip's settings, then run the same again"
            )
        unfinished.replace(folder)


def _check(wheels: list[Path], pins: list[Pin], folder: Path) -> None:
    """Exactly one wheel a pin, each of a hash that the lock allows."""
    wanted = {(pin.name, pin.version): pin.hashes for pin in pins}
    whole = set()
    for wheel in wheels:
        name, version, _, _ = parse_wheel_filename(wheel.name)
        pin = canonicalize_name(name), str(version)
        if hashlib.sha256(wheel.read_bytes()).hexdigest() in wanted.get(pin, ()):
            whole.add(pin)
    if whole != wanted.keys() or len(wheels) != len(pins):
        shutil.rmtree(folder)
        raise BundleError(f"{folder} did not hold the wheels of the lock and was removed: run the same again")
