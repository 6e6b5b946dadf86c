"""requirements/*.txt: whole, hashed, and bound to no index (docs/decisions/0001-locks.md)."""

from __future__ import annotations

from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.bundling.locks import Pin, read_lock
from scripts.bundling.targets import PYTHONS, Target

LOCKS = ("run", "dev", "device", "bench")


def pins(root: Path, name: str, python: str | None = None) -> list[Pin]:
    """Those of a lock, or those of them that ``python`` wants."""
    found = read_lock(root / "requirements" / f"{name}.txt")
    return [pin for pin in found if python is None or pin.holds_for(Target("x86_64", python).markers)]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_names_no_place(root: Path, name: str) -> None:
    found = pins(root, name)
    assert found
    for pin in found:
        assert pin.hashes, pin.name
        assert pin.requirement.url is None
        assert pin.version
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    assert "--only-binary :all:" in text


@pytest.mark.parametrize("python", PYTHONS)
def test_locks_cover_what_the_project_requires(root: Path, python: str) -> None:
    """For each Python exactly one version of each requirement is locked, and one that was asked for."""
    functions = ("", "cloud", "s3", "signing")
    device = ("", "device", "preview", "s3", "signing", "transport")
    run = (*device, "cloud", "evaluation", "local", "models")
    extras = {
        "cloud": functions,
        "enrolment": (*functions, "enrolment"),
        "device": device,
        "run": run,
        "dev": (*run, "enrolment", "dev"),
    }
    for lock, wanted in extras.items():
        locked = {pin.name: pin for pin in pins(root, lock, python)}
        assert len(locked) == len(pins(root, lock, python))
        for requirement in map(Requirement, requires("argus") or []):
            if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in wanted):
                continue
            pin = locked.get(canonicalize_name(requirement.name))
            assert pin is not None, f"{requirement} is not in requirements/{lock}.txt: run scripts/lock"
            assert requirement.specifier.contains(pin.version), f"{requirement} is locked at {pin.version}"


@pytest.mark.parametrize("python", PYTHONS)
def test_each_lock_is_the_one_before_and_more(root: Path, python: str) -> None:
    device, run, dev = (
        {(pin.name, pin.version) for pin in pins(root, lock, python)} for lock in ("device", "run", "dev")
    )
    assert device < run < dev


def test_a_device_installs_nothing_that_only_a_checkout_needs(root: Path) -> None:
    names = {pin.name for pin in pins(root, "device")}
    assert not names & {"hatchling", "matplotlib", "onnx", "plotille", "pytest", "setuptools"}
