"""The functions' bundles: what they hold, that they need nothing else, and that the same sources make the same bytes.

Built from this checkout with locks of one made-up wheel, which is all that pip is given.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from argus.vision.model_store import ModelStore
from scripts.bundling import lambdas
from scripts.bundling.declaration import read_bundle
from scripts.bundling.errors import BundleError
from scripts.bundling.lambdas import ARCHITECTURES, FUNCTIONS, PYTHON, Built, build, import_seconds, main
from scripts.bundling.locks import read_lock
from scripts.bundling.unpacking import unpacked
from tests.cloud.template.template import of_type, written
from tests.packaging.made_wheel import make_wheel
from tests.packaging.test_bundle import imported

_TOASTER = """
[tool.argus.bundles.toaster]
packages = ["core"]
lambdas = ["toaster"]
models = []
requirements = "cloud"
files = {}
"""


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This one's sources and a made-up function; each is locked to one wheel, which installs next to nothing."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("components", "cloud_lambdas"):
        shutil.copytree(root / part, folder / part, copy_function=shutil.copyfile)
    for name in ("LICENSE", "pyproject.toml"):
        shutil.copyfile(root / name, folder / name)
    handler = folder / "cloud_lambdas" / "toaster" / "handler.py"
    handler.parent.mkdir()
    handler.write_text("handler = None\n", encoding="utf-8")
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(_TOASTER)
    _, sha256 = make_wheel(folder)
    (folder / "requirements").mkdir()
    for name in ("cloud", "enrolment"):
        lock = folder / "requirements" / f"{name}.txt"
        lock.write_text(f"--only-binary :all:\nnothing==1.0 --hash=sha256:{sha256}\n", encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def index(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", os.fspath(checkout))


def unzip(built: Built, folder: Path) -> Path:
    with ZipFile(built.path) as archive:
        archive.extractall(folder)
    return folder


def test_the_template_runs_what_is_built(root: Path) -> None:
    template = written()
    functions = of_type(template, "AWS::Serverless::Function")
    assert {name.removesuffix("Function").lower() for name in functions} == set(FUNCTIONS)
    assert template["Globals"]["Function"]["Runtime"] == f"python{PYTHON}"
    assert set(template["Parameters"]["Architecture"]["AllowedValues"]) == set(ARCHITECTURES)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_is_declared_with_its_own_part_of_the_functions_alone(root: Path, function: str) -> None:
    bundle = read_bundle(root, function)
    assert set(bundle.lambdas) == {function, "shared"}
    assert "device" not in bundle.packages
    assert bool(bundle.models) == ("vision" in bundle.packages) == (bundle.requirements == "enrolment")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_holds_the_slice_its_models_and_its_dependencies(checkout: Path, tmp_path: Path, function: str) -> None:
    built = build(checkout, tmp_path / "out", function, "arm64")
    assert built.path.name == f"{function}-arm64.zip"
    folder = unzip(built, tmp_path / "unzipped")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    bundle = read_bundle(checkout, function)
    assert {name.split("/")[1] for name in names if name.startswith("argus/")} == {"__init__.py", *bundle.packages}
    lambdas_held = {name.split("/")[1] for name in names if name.startswith("cloud_lambdas/")}
    assert lambdas_held == {"__init__.py", function, "shared"}
    assert {f"cloud_lambdas/{function}/handler.py", "nothing-1.0.dist-info/METADATA", "LICENSE"} <= names
    assert not [name for name in names if name.endswith(".pyc")]
    assert built.unpacked_bytes == sum((folder / name).stat().st_size for name in names)
    for model in bundle.models:
        ModelStore(folder / "models").read(model)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_it_imports_is_in_it_or_in_its_lock(root: Path, checkout: Path, tmp_path: Path, function: str) -> None:
    """Also what is imported only when a function runs; and it can be imported from the bundle alone."""
    folder = unzip(build(checkout, tmp_path / "out", function, "x86_64"), tmp_path / "unzipped")
    lock = read_bundle(root, function).lock(root)
    locked = {pin.name for pin in read_lock(lock)}
    distributions = {**packages_distributions(), "dlib": ["dlib-bin"]}
    for path in [*folder.glob("argus/**/*.py"), *folder.glob("cloud_lambdas/**/*.py")]:
        for name in imported(path):
            top = name.split(".")[0]
            if top in ("argus", "cloud_lambdas"):
                module = folder.joinpath(*name.split("."))
                assert module.is_dir() or module.with_suffix(".py").is_file(), f"{path} imports {name}"
            elif top not in sys.stdlib_module_names:
                owners = {owner.lower().replace("_", "-") for owner in distributions.get(top, ())}
                assert owners & locked, f"{path} imports {name}, which {lock.name} does not install"
    program = "import sys; sys.path.insert(0, sys.argv[1]); import importlib; importlib.import_module(sys.argv[2])"
    command = [sys.executable, "-I", "-B", "-c", program, os.fspath(folder), f"cloud_lambdas.{function}.handler"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_sources_make_the_same_bytes(checkout: Path, tmp_path: Path) -> None:
    first = build(checkout, tmp_path / "one", "toaster", "x86_64")
    cached = checkout / "cloud_lambdas/toaster/__pycache__/handler.cpython-399.pyc"
    cached.parent.mkdir(exist_ok=True)
    cached.write_bytes(b"bytecode")
    again = build(checkout, tmp_path / "two", "toaster", "x86_64")
    digests = {hashlib.sha256(built.path.read_bytes()).hexdigest() for built in (first, again)}
    assert len(digests) == 1


def test_what_lambda_would_not_take_is_not_built(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = build(checkout, tmp_path, "toaster", "x86_64")
    fits.path.unlink()
    monkeypatch.setattr(lambdas, "LARGEST", fits.unpacked_bytes - 1)
    with pytest.raises(BundleError, match=r"toaster would be \d+ MB unpacked on x86_64, .* out of requirements/cloud"):
        build(checkout, tmp_path, "toaster", "x86_64")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(lambdas, "LARGEST", fits.unpacked_bytes)
    build(checkout, tmp_path, "toaster", "x86_64")


def test_the_time_to_import_is_measured(tmp_path: Path) -> None:
    module = "import time\ntime.sleep(0.2)\n"
    built = bundle_of(tmp_path, {"cloud_lambdas/slow/handler.py": module})
    assert 0.2 <= import_seconds(built, sys.executable) < 5


def test_a_bundle_that_cannot_be_imported_is_named_with_the_reason(tmp_path: Path) -> None:
    built = bundle_of(tmp_path, {"cloud_lambdas/slow/handler.py": "import no_such_thing\n"})
    with pytest.raises(BundleError, match=r"slow\.zip cannot be imported: .*No module named 'no_such_thing'"):
        import_seconds(built, sys.executable)


def bundle_of(folder: Path, files: dict[str, str]) -> Built:
    path = folder / "slow.zip"
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return Built(path, "slow", "x86_64", 0)


def wheel_of(folder: Path, *names: str) -> Path:
    path = folder / "thing-1.0-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return path


def test_what_a_wheel_installs(tmp_path: Path) -> None:
    wheel = wheel_of(
        tmp_path,
        *("thing/", "thing/__init__.py", "thing.libs/c.so", "thing-1.0.data/platlib/other.py"),
        *("thing-1.0.data/purelib/pure/a.py", "thing-1.0.data/scripts/thing", "thing-1.0.data/data/share/x"),
    )
    assert set(unpacked(wheel)) == {"thing/__init__.py", "thing.libs/c.so", "other.py", "pure/a.py"}


@pytest.mark.parametrize("name", ["../out.py", "/etc/out", "thing/../../out.py"])
def test_a_wheel_that_reaches_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="lies outside of it"):
        unpacked(wheel_of(tmp_path, name))


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    path.write_bytes(b"PK but not a zip")
    with pytest.raises(BundleError, match="is no wheel"):
        unpacked(path)


def test_an_unknown_function_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["toaster"])
    assert ended.value.code == 2
    assert "no such function: toaster" in capsys.readouterr().err
