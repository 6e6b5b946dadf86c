"""requirements/*.txt: whole, hashed, and bound to no index (docs/decisions/0001-locks.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("run", "dev", "device", "bench")
SUPPORTED = ("3.10", "3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (specifier,) = self.requirement.specifier
        assert specifier.operator == "=="
        return specifier.version

    def holds_for(self, python: str) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate({"python_version": python, "python_full_version": f"{python}.9"})


def read_lock(root: Path, name: str) -> list[Pin]:
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-"))]
    return [
        Pin(Requirement(line.partition(" --hash=")[0]), tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", line)))
        for line in lines
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_names_no_place(root: Path, name: str) -> None:
    pins = read_lock(root, name)
    assert pins
    for pin in pins:
        assert pin.hashes, pin.name
        assert pin.requirement.url is None
        assert pin.version
    text = (root / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    assert "--only-binary :all:" in text


@pytest.mark.parametrize("python", SUPPORTED)
def test_locks_cover_what_the_project_requires(root: Path, python: str) -> None:
    """For each Python exactly one version of each requirement is locked, and one that was asked for."""
    extras = {
        "device": ("", "device", "preview", "s3", "signing", "transport"),
        "run": ("", "device", "evaluation", "models", "preview", "s3", "signing", "transport"),
        "dev": ("", "device", "evaluation", "models", "preview", "s3", "signing", "transport", "dev"),
    }
    for lock, wanted in extras.items():
        pins = {pin.name: pin for pin in read_lock(root, lock) if pin.holds_for(python)}
        assert len(pins) == sum(pin.holds_for(python) for pin in read_lock(root, lock))
        for requirement in map(Requirement, requires("argus") or []):
            if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in wanted):
                continue
            pin = pins.get(canonicalize_name(requirement.name))
            assert pin is not None, f"{requirement} is not in requirements/{lock}.txt: run scripts/lock"
            assert requirement.specifier.contains(pin.version), f"{requirement} is locked at {pin.version}"


@pytest.mark.parametrize("python", SUPPORTED)
def test_each_lock_is_the_one_before_and_more(root: Path, python: str) -> None:
    device, run, dev = (
        {(pin.name, pin.version) for pin in read_lock(root, lock) if pin.holds_for(python)}
        for lock in ("device", "run", "dev")
    )
    assert device < run < dev


def test_a_device_installs_nothing_that_only_a_checkout_needs(root: Path) -> None:
    names = {pin.name for pin in read_lock(root, "device")}
    assert not names & {"hatchling", "matplotlib", "onnx", "plotille", "pytest", "setuptools"}
