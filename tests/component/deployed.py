"""The component as a device gets it: built, unzipped, with what its recipe says about installing and running it."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import yaml

from scripts.bundling.component import build

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "aarch64"}


@dataclass(frozen=True)
class Deployed:
    """A built component.

    Attributes:
        artifacts: what ``{artifacts:decompressedPath}`` stands for.
        recipe: the built one.
    """

    artifacts: Path
    recipe: dict[str, Any]

    @property
    def defaults(self) -> dict[str, Any]:
        """The default configuration, ``accessControl`` included."""
        found: dict[str, Any] = self.recipe["ComponentConfiguration"]["DefaultConfiguration"]
        return found

    def script(self, name: str, work: Path) -> str:
        """The lifecycle script ``install`` or ``run`` of this machine's manifest, its variables replaced."""
        architecture = _ARCHITECTURES[platform.machine()]
        (manifest,) = [one for one in self.recipe["Manifests"] if one["Platform"]["architecture"] == architecture]
        text: str = manifest["Lifecycle"][name]["Script"]
        # As nucleus lite gives them, with a slash at the end.
        values = {"artifacts:decompressedPath": f"{self.artifacts}/", "work:path": f"{work}/"}
        return re.sub(r"\{([^}]*)\}", lambda found: values[found[1]], text)


def deploy(root: Path, out: Path, pythons: Sequence[str] = ()) -> Deployed:
    """Builds the component for this machine into ``out`` and unzips it, as a nucleus does.

    Args:
        pythons: those that wheels are bundled for.
    """
    (archive,) = build(root, out, [platform.machine()], pythons)
    (recipe,) = (out / "recipes").iterdir()
    artifacts = out / "artifacts-unarchived"
    with ZipFile(archive) as file:
        file.extractall(artifacts / archive.stem)
    return Deployed(artifacts, yaml.safe_load(recipe.read_text(encoding="utf-8")))
