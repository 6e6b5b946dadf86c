"""Builds the bundles of the cloud's functions: ``scripts/build_lambdas``.

::

    build/lambdas/sightings-x86_64.zip     the function, its slice of the packages, and its dependencies, ready to run
    build/lambdas/sightings-arm64.zip
    ...
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from argus.core.errors import ArgusError
from argus.vision.model_store import ModelStore
from scripts.bundling.contents import contents
from scripts.bundling.declaration import read_bundle
from scripts.bundling.errors import BundleError
from scripts.bundling.reproducible_zip import write_zip
from scripts.bundling.targets import Target
from scripts.bundling.unpacking import unpacked
from scripts.bundling.wheels import fetch_wheels

ROOT = Path(__file__).resolve().parents[2]

FUNCTIONS = ("alerts", "devices", "enrolment", "pictures", "publisher", "sightings")
ARCHITECTURES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""As Lambda calls the processors -> as wheels do."""

PYTHON = "3.13"
"""What the functions run on: ``Runtime`` in the template."""

LARGEST = 250 * 1024 * 1024
"""Lambda takes no more, unpacked."""

_EXAMPLES = """\
examples:
  scripts/build_lambdas                                all functions, for either processor
  scripts/build_lambdas sightings --architectures arm64
"""

_MEASURE = """\
import importlib, sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
importlib.import_module(sys.argv[2])
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Built:
    """One bundle.

    Attributes:
        path: the zip.
        unpacked_bytes: what Lambda counts.
    """

    path: Path
    function: str
    architecture: str
    unpacked_bytes: int


def build(root: Path, out: Path, function: str, architecture: str) -> Built:
    """Writes the bundle of one function, from the checkout ``root``, into the folder ``out``.

    Raises:
        BundleError: something is missing or cannot be fetched, or it is larger than Lambda takes it.
        ModelError: a model is missing or damaged.
    """
    bundle = read_bundle(root, function)
    found = dict(contents(root, bundle, ModelStore()))
    target = Target(ARCHITECTURES[architecture], PYTHON)
    for wheel in fetch_wheels(bundle.lock(root), target, root / ".cache" / "lambdas" / bundle.requirements):
        installed = unpacked(wheel)
        both = sorted(found.keys() & installed.keys())
        if both:
            raise BundleError(f"{wheel.name} and another part of the bundle {function} both hold {both[0]}")
        found.update(installed)
    size = sum(map(_size, found.values()))
    if size > LARGEST:
        raise BundleError(
            f"the function {function} would be {_megabytes(size)} unpacked on {architecture}, and Lambda takes "
            f"{_megabytes(LARGEST)}: take something out of requirements/{bundle.requirements}.txt"
        )
    out.mkdir(parents=True, exist_ok=True)
    built = Built(out / f"{function}-{architecture}.zip", function, architecture, size)
    write_zip(built.path, found)
    return built


def import_seconds(built: Built, python: str) -> float:
    """How long the function's module takes to import from its bundle alone, compiled anew as on a read-only disk.

    Raises:
        BundleError: it cannot be imported.
    """
    with tempfile.TemporaryDirectory(prefix="argus-lambda-") as folder:
        with ZipFile(built.path) as archive:
            archive.extractall(folder)
        module = f"cloud_lambdas.{built.function}.handler"
        done = subprocess.run(
            [python, "-I", "-S", "-B", "-c", _MEASURE, folder, module], capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise BundleError(f"{built.path} cannot be imported: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout)


def fitting_python(architecture: str) -> str | None:
    """A Python on this machine that could run a bundle for that processor."""
    python = shutil.which(f"python{PYTHON}")
    if python is None or platform.machine() != ARCHITECTURES[architecture]:
        return None
    done = subprocess.run([python, "-c", ""], capture_output=True, check=False)
    return python if done.returncode == 0 else None


def _size(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"


def _report(built: Built) -> str:
    sha256 = hashlib.sha256(built.path.read_bytes()).hexdigest()
    python = fitting_python(built.architecture)
    if python is None:
        measured = f"import not measured: needs CPython {PYTHON} on {ARCHITECTURES[built.architecture]}"
    else:
        measured = f"imported in {import_seconds(built, python):.2f} s"
    return f"{sha256}  {built.path}  ({_megabytes(built.unpacked_bytes)} unpacked, {measured})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: built; 1: it could not be."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    unknown = set(options.functions) - set(FUNCTIONS)
    if unknown:
        parser.error(f"no such function: {', '.join(sorted(unknown))}")
    try:
        for architecture in options.architectures:
            for function in options.functions or FUNCTIONS:
                print(_report(build(ROOT, options.out, function, architecture)), flush=True)
    except ArgusError as error:
        print(f"argus: {error}", file=sys.stderr)
        return 1
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/build_lambdas",
        description="Builds the bundles of the cloud's functions; the same sources make the same bytes.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help=f"default: {', '.join(FUNCTIONS)}")
    parser.add_argument(
        "--architectures", nargs="+", choices=ARCHITECTURES, default=list(ARCHITECTURES), help="default: all"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "lambdas", metavar="DIR", help="default: build/lambdas"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
