"""What is built, installed and run as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points, version
from pathlib import Path

import argus


def test_versions_agree() -> None:
    assert version("argus") == argus.__version__


def test_the_command_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="argus")
    assert script.value == "argus.cli.main:main"


def test_importing_argus_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, argus; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert not {"PIL", "cv2", "dlib", "numpy", "onnx", "onnxruntime"} & set(done.stdout.split())


def test_the_wheel_holds_the_packages_and_no_weights(root: Path, tmp_path: Path) -> None:
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options]
    subprocess.run([*command, "--wheel-dir", os.fspath(tmp_path), os.fspath(root)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 2_000_000
    names = zipfile.ZipFile(wheel).namelist()
    assert {
        "argus/core/types.py",
        "models/manifest.json",
        "models/calibration.json",
        "models/crowding.npz",
        "models/genuine.json",
    } <= set(names)
    preview = {f"argus/device/preview/{name}" for name in ("index.html", "style.css", "page.js", "icon.svg")}
    assert preview <= set(names)
    assert not [name for name in names if name.startswith("models/built/") or name.endswith((".dat", ".onnx"))]
    assert {name.partition("/")[0] for name in names} == {"argus", "models", f"argus-{argus.__version__}.dist-info"}
