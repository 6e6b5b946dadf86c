"""Builds the Greengrass component as ``gdk component build`` leaves it: ``scripts/build_component``.

::

    greengrass-build/
      recipes/argus.FaceRecognizer.yaml
      artifacts/argus.FaceRecognizer/<version>/argus-x86_64.zip    one a processor: a device loads no other's wheels
      artifacts/argus.FaceRecognizer/<version>/argus-aarch64.zip
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from argus import __version__
from argus.core.errors import ArgusError
from argus.vision.model_store import ModelStore
from scripts.bundling.contents import Contents, contents
from scripts.bundling.declaration import read_bundle
from scripts.bundling.errors import BundleError
from scripts.bundling.reproducible_zip import write_zip
from scripts.bundling.targets import MACHINES, PYTHONS, Target
from scripts.bundling.wheels import fetch_wheels

ROOT = Path(__file__).resolve().parents[2]

_EXAMPLES = """\
examples:
  scripts/build_component                  the program and its models; a device installs from the package index
  scripts/build_component --wheels         with everything that a device without internet installs from
  scripts/build_component --wheels --platforms aarch64 --pythons 3.11
                                           for one kind of device only, such as a Raspberry Pi
"""


@dataclass(frozen=True)
class Component:
    """``name`` and ``version``, as the recipe, gdk-config.json and the package agree on them."""

    name: str
    version: str


def read_component(root: Path) -> Component:
    """The component that ``gdk-config.json`` names.

    Raises:
        BundleError: its version is not that of the package.
    """
    ((name, configured),) = json.loads((root / "gdk-config.json").read_text(encoding="utf-8"))["component"].items()
    if configured["version"] != __version__:
        raise BundleError(f"gdk-config.json says version {configured['version']}, and argus is {__version__}: mend it")
    return Component(name, __version__)


def build(root: Path, out: Path, machines: Sequence[str], pythons: Sequence[str]) -> list[Path]:
    """Writes recipe and artifacts to ``out`` and returns the artifacts; with no ``pythons`` they hold no wheels.

    Raises:
        BundleError: something is missing or cannot be fetched.
        ModelError: a model is missing or damaged.
    """
    component = read_component(root)
    bundle = read_bundle(root, "device")
    program = contents(root, bundle, ModelStore())
    recipe = out / "recipes" / f"{component.name}.yaml"
    artifacts = out / "artifacts" / component.name / component.version
    # What lies in the folder of this version is published, so nothing of an earlier build may stay.
    shutil.rmtree(artifacts, ignore_errors=True)
    artifacts.mkdir(parents=True)
    recipe.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "recipes" / recipe.name, recipe)
    made = []
    for machine in machines:
        wheels = bundled_wheels(root, bundle.lock(root), [Target(machine, python) for python in pythons])
        made.append(artifacts / f"argus-{machine}.zip")
        write_zip(made[-1], {**program, **wheels})
    return made


def bundled_wheels(root: Path, lock: Path, targets: Sequence[Target]) -> Contents:
    """The wheels for ``targets``, and for each a list of those it installs: ``install.sh`` looks for its own."""
    found: dict[str, bytes | Path] = {}
    for target in targets:
        wheels = fetch_wheels(lock, target, root / ".cache" / "wheels")
        found.update({f"wheels/{wheel.name}": wheel for wheel in wheels})
        found[f"wheels/{target.tag}.txt"] = "".join(f"{wheel.name}\n" for wheel in wheels).encode()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: built; 1: it could not be."""
    parser = argparse.ArgumentParser(
        prog="scripts/build_component",
        description="Builds the Greengrass component; the same sources make the same bytes.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--wheels", action="store_true", help="bundle the wheels of requirements/device.txt")
    parser.add_argument("--platforms", nargs="+", choices=MACHINES, default=MACHINES, help="default: all")
    parser.add_argument("--pythons", nargs="+", choices=PYTHONS, default=PYTHONS, help="bundle wheels for these alone")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "greengrass-build", metavar="DIR", help="default: greengrass-build"
    )
    options = parser.parse_args(arguments)
    try:
        artifacts = build(ROOT, options.out, options.platforms, options.pythons if options.wheels else ())
    except ArgusError as error:
        print(f"argus: {error}", file=sys.stderr)
        return 1
    for artifact in artifacts:
        sha256 = hashlib.sha256(artifact.read_bytes()).hexdigest()
        print(f"{sha256}  {artifact}  ({artifact.stat().st_size / 1e6:.0f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
