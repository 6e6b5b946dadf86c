"""The device's bundle: what it holds, that it needs nothing else, and that the same sources make the same bytes."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import stat
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.utils import canonicalize_name

from argus.core.errors import ArgusError, ModelError
from argus.vision.model_store import MANIFEST, ModelStore
from scripts.bundling.component import build, read_component
from scripts.bundling.contents import contents
from scripts.bundling.declaration import Bundle, read_bundle
from scripts.bundling.locks import read_lock
from scripts.bundling.reproducible_zip import write_zip

PARTS = {"core", "device", "enrolment", "storage", "vision"}


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``scripts/build_component --platforms x86_64`` makes."""
    out = tmp_path_factory.mktemp("greengrass-build")
    build(root, out, ["x86_64"], [])
    return out


@pytest.fixture(scope="module")
def archive(built: Path) -> Path:
    (path,) = built.glob("artifacts/argus.FaceRecognizer/*/*.zip")
    return path


@pytest.fixture(scope="module")
def unzipped(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unzipped")
    with ZipFile(archive) as file:
        file.extractall(folder)
    return folder


def test_recipe_and_artifact_lie_where_they_are_published_from(root: Path, built: Path) -> None:
    component = read_component(root)
    assert {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()} == {
        f"recipes/{component.name}.yaml",
        f"artifacts/{component.name}/{component.version}/argus-x86_64.zip",
    }
    recipe = f"recipes/{component.name}.yaml"
    assert (built / recipe).read_bytes() == (root / recipe).read_bytes()


def test_it_holds_the_slice_the_models_and_the_lock(unzipped: Path) -> None:
    names = {path.relative_to(unzipped).as_posix() for path in unzipped.rglob("*") if path.is_file()}
    assert {name.split("/")[0] for name in names} == {
        *("LICENSE", "argus", "install.sh", "models", "requirements.txt", "run.sh")
    }
    assert {name.split("/")[1] for name in names if name.startswith("argus/")} == {"__init__.py", *PARTS}
    assert {"argus/device/preview/index.html", "argus/device/adapters/camera_reader.py"} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", "resnet_model_v1.dat"))]
    store = ModelStore(unzipped / "models")
    for path in (unzipped / "models").iterdir():
        if path.name != MANIFEST:
            store.read(path.name)


def test_the_same_sources_make_the_same_bytes(root: Path, archive: Path, tmp_path: Path) -> None:
    """Whatever their times, rights and order are, and whatever was run in them."""
    copy = tmp_path / "copy"
    for part in ("components", "recipes", "requirements"):
        shutil.copytree(root / part, copy / part, copy_function=shutil.copyfile)
    for name in ("LICENSE", "gdk-config.json", "pyproject.toml"):
        shutil.copyfile(root / name, copy / name)
    cached = copy / "components/argus/core/__pycache__/types.cpython-399.pyc"
    cached.parent.mkdir(exist_ok=True)
    cached.write_bytes(b"bytecode")
    (copy / "components/argus/core/types.py").chmod(0o600)
    (again,) = build(copy, tmp_path / "out", ["x86_64"], [])
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(archive.read_bytes()).digest()


def test_times_modes_and_order_are_fixed(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", {"b/run.sh": b"#!/bin/sh\n", "a.txt": b"a"})
    with ZipFile(tmp_path / "a.zip") as file:
        first, second = file.infolist()
    assert (first.filename, second.filename) == ("a.txt", "b/run.sh")
    assert first.date_time == second.date_time == (1980, 1, 1, 0, 0, 0)
    assert [stat.filemode(entry.external_attr >> 16) for entry in (first, second)] == ["-rw-r--r--", "-rwxr-xr-x"]


def test_nothing_of_an_earlier_build_is_published(root: Path, built: Path, archive: Path) -> None:
    stale = archive.with_name("argus-old.zip")
    stale.write_bytes(b"")
    build(root, built, ["x86_64"], [])
    assert archive.exists()
    assert not stale.exists()


def test_every_module_can_be_imported_from_the_bundle_alone(unzipped: Path) -> None:
    """By a Python that knows the bundle and the installed packages, and not the checkout."""
    program = (
        "import importlib, pathlib, sys\n"
        "bundle = pathlib.Path(sys.argv[1])\n"
        "sys.path.insert(0, str(bundle))\n"
        "for path in sorted(bundle.glob('argus/**/*.py')):\n"
        "    name = '.'.join(path.relative_to(bundle).with_suffix('').parts).removesuffix('.__init__')\n"
        "    if not name.endswith('__main__'):\n"
        "        importlib.import_module(name)\n"
        "for name, module in sys.modules.items():\n"
        "    if name.split('.')[0] in ('argus', 'models', 'scripts', 'tests'):\n"
        "        assert bundle in pathlib.Path(module.__file__).parents, module\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", program, os.fspath(unzipped)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_it_imports_is_in_it_or_in_its_lock(root: Path, unzipped: Path) -> None:
    """Also what is imported only when a function runs."""
    locked = {pin.name for pin in read_lock(unzipped / "requirements.txt")}
    # A single extension module is not seen as a package of its distribution.
    distributions = {**packages_distributions(), "dlib": ["dlib-bin"]}
    for path in unzipped.glob("argus/**/*.py"):
        for name in imported(path):
            top = name.split(".")[0]
            if top == "argus":
                module = unzipped.joinpath(*name.split("."))
                assert module.is_dir() or module.with_suffix(".py").is_file(), f"{path} imports {name}"
            elif top not in sys.stdlib_module_names:
                owners = {canonicalize_name(owner) for owner in distributions.get(top, ())}
                assert owners & locked, f"{path} imports {name}, which requirements/device.txt does not install"


def imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere when it runs, of the package always with a full name."""
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(path.read_bytes())]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        nodes.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, path
            found.add(node.module)
    return found - {"__future__"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"packages": ("core", "cellar")}, "argus.cellar is no package"),
        ({"models": ("face.onnx",)}, "does not name face.onnx"),
        ({"requirements": "toaster"}, "toaster.txt is missing"),
        ({"files": {"a.sh": "no/such.sh"}}, "no/such.sh is missing, which the bundle device holds as a.sh"),
    ],
)
def test_what_is_declared_and_missing_is_named(root: Path, changed: dict[str, object], message: str) -> None:
    declared = read_bundle(root, "device")
    broken = Bundle(**{**vars(declared), **changed})
    with pytest.raises(ArgusError, match=message):
        contents(root, broken, ModelStore())


def test_a_damaged_model_is_not_bundled(root: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(ModelStore().directory, models)
    with (models / "resize.onnx").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ModelError, match=r"resize\.onnx is damaged"):
        contents(root, read_bundle(root, "device"), ModelStore(models))


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ("", "declares no bundle device, only none"),
        ("[tool.argus.bundles.device]\npackages = []\nmodles = []\n", "see files, models, modles, requirements"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path: Path, declaration: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(declaration, encoding="utf-8")
    with pytest.raises(ArgusError, match=message):
        read_bundle(tmp_path, "device")


def test_another_version_than_the_packages_is_not_built(root: Path, tmp_path: Path) -> None:
    text = (root / "gdk-config.json").read_text(encoding="utf-8")
    version = read_component(root).version
    (tmp_path / "gdk-config.json").write_text(text.replace(version, "9.9.9"), encoding="utf-8")
    with pytest.raises(ArgusError, match=r"says version 9\.9\.9"):
        read_component(tmp_path)
