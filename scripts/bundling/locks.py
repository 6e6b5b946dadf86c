"""Reads ``requirements/*.txt``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a requirement at one version, and the sha256 of every file that may satisfy it."""

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

    def holds_for(self, environment: Mapping[str, str]) -> bool:
        """Whether it is wanted in ``environment``, the values that markers ask about."""
        marker = self.requirement.marker
        return marker is None or marker.evaluate(dict(environment))


def read_lock(path: Path) -> list[Pin]:
    """The pins of a lock in their order; it is part of the project, so a fault in it is a bug."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "-"))]
    return [
        Pin(Requirement(line.partition(" --hash=")[0]), tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", line)))
        for line in lines
    ]
