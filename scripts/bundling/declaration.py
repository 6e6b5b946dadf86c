"""What a bundle holds, as ``pyproject.toml`` declares it.

::

    [tool.argus.bundles.NAME]
    packages = ["core", "device"]             # of the package argus, beside its __init__.py
    models = ["embedding.onnx"]               # model files, beside their manifest
    requirements = "device"                   # the lock: requirements/device.txt
    files = { "run.sh" = "components/run.sh" }  # single files: path in the bundle -> path in the checkout
    lambdas = ["shared"]                      # of the package cloud_lambdas; only where there are any
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from scripts.bundling.errors import BundleError


@dataclass(frozen=True)
class Bundle:
    """One bundle's declaration; each attribute is the key of that name."""

    name: str
    packages: tuple[str, ...]
    models: tuple[str, ...]
    requirements: str
    files: Mapping[str, str]
    lambdas: tuple[str, ...] = ()

    def lock(self, root: Path) -> Path:
        """The lock with what the bundle's program installs, in the checkout ``root``."""
        return root / "requirements" / f"{self.requirements}.txt"


_KEYS = {"packages", "models", "requirements", "files"}
_OPTIONAL = {"lambdas"}


def read_bundle(root: Path, name: str) -> Bundle:
    """The declaration of the bundle ``name`` in the checkout ``root``.

    Raises:
        BundleError: it is not declared, or has other keys than those above.
    """
    document = tomli.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    bundles: dict[str, dict[str, Any]] = document.get("tool", {}).get("argus", {}).get("bundles", {})
    declared = bundles.get(name)
    if declared is None:
        raise BundleError(f"pyproject.toml declares no bundle {name}, only {', '.join(sorted(bundles)) or 'none'}")
    if declared.keys() - _OPTIONAL != _KEYS:
        wrong = ", ".join(sorted((declared.keys() - _OPTIONAL) ^ _KEYS))
        raise BundleError(f"tool.argus.bundles.{name} in pyproject.toml has not the keys that it should: see {wrong}")
    return Bundle(
        name=name,
        packages=tuple(declared["packages"]),
        models=tuple(declared["models"]),
        requirements=declared["requirements"],
        files=dict(declared["files"]),
        lambdas=tuple(declared.get("lambdas", ())),
    )
