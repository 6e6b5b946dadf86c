"""From a declaration to the files of a bundle: path in the bundle -> content.

::

    argus/             the declared packages, with what lies in them (pages, pictures), without bytecode
    cloud_lambdas/     the same of the cloud's functions
    models/            the declared models and their manifest
    requirements.txt   the lock
    ...                single files, as declared
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from argus.vision.model_store import MANIFEST, ModelStore
from scripts.bundling.declaration import Bundle
from scripts.bundling.errors import BundleError

Contents = Mapping[str, bytes | Path]
"""Path in the bundle -> bytes, or the file that holds them."""


def contents(root: Path, bundle: Bundle, models: ModelStore) -> Contents:
    """Everything that belongs into ``bundle``, from the checkout ``root`` and its ``models``.

    Raises:
        BundleError: something declared is missing.
        ModelError: a model is missing or damaged.
    """
    found: dict[str, bytes | Path] = dict(_package(root / "components" / "argus", bundle.packages, bundle.name))
    if bundle.lambdas:
        found.update(_package(root / "cloud_lambdas", bundle.lambdas, bundle.name))
    for name in bundle.models:
        found[f"models/{name}"] = models.read(name)
    if bundle.models:
        found[f"models/{MANIFEST}"] = models.directory / MANIFEST
    found["requirements.txt"] = bundle.lock(root)
    found.update({path: root / source for path, source in bundle.files.items()})
    for path, content in found.items():
        if isinstance(content, Path) and not content.is_file():
            raise BundleError(f"{content} is missing, which the bundle {bundle.name} holds as {path}")
    return found


def _package(package: Path, parts: Iterable[str], bundle: str) -> Iterator[tuple[str, Path]]:
    yield f"{package.name}/__init__.py", package / "__init__.py"
    for part in parts:
        folder = package / part
        if not folder.is_dir():
            raise BundleError(
                f"{package.name}.{part} is no package, and the bundle {bundle} names it in pyproject.toml"
            )
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path.relative_to(package.parent).as_posix(), path
