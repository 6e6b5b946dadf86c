"""From a declaration to the files of a bundle: path in the bundle -> content.

::

    argus/             the declared packages, with what lies in them (pages, pictures), without bytecode
    models/            the declared models and their manifest
    requirements.txt   the lock
    ...                single files, as declared
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    found: dict[str, bytes | Path] = dict(_package(root / "components" / "argus", bundle))
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


def _package(package: Path, bundle: Bundle) -> Iterator[tuple[str, Path]]:
    yield "argus/__init__.py", package / "__init__.py"
    for name in bundle.packages:
        folder = package / name
        if not folder.is_dir():
            raise BundleError(f"argus.{name} is no package, and the bundle {bundle.name} names it in pyproject.toml")
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield f"argus/{path.relative_to(package).as_posix()}", path
