"""The import contract refuses what it is there to refuse."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.path[:0] = ['components', '.']; from importlinter.cli import lint_imports_command; "
    return subprocess.run(
        [sys.executable, "-c", f"{program}lint_imports_command(['--no-cache', '--config', 'pyproject.toml'])"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of the sources to break."""
    for part in ("cloud_lambdas", "components", "models"):
        shutil.copytree(root / part, tmp_path / part, ignore=shutil.ignore_patterns("built", "__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("argus/core/broken.py", "import cv2", "The core needs numpy and the standard library only"),
        ("argus/storage/broken.py", "import cloud_lambdas.shared", "The command alone reaches the cloud's side"),
        ("argus/cli/broken.py", "import cloud_lambdas.shared", "The command alone reaches the cloud's side"),
        ("argus/vision/broken.py", "import cv2", "OpenCV lives in the device's adapters alone"),
        ("argus/vision/broken.py", "import argus.enrolment", "Imports run one way"),
        ("argus/enrolment/broken.py", "import argus.device", "Imports run one way"),
        ("argus/device/broken.py", "import models.fetch", "What recognises does not need what converts"),
    ],
)
def test_a_forbidden_import_is_found(copy: Path, module: str, forbidden: str, contract: str) -> None:
    (copy / "components" / module).write_text(f"{forbidden}\n", encoding="utf-8")
    done = lint_imports(copy)
    assert done.returncode == 1, done.stderr
    assert f"{contract} BROKEN" in done.stdout


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("local", "argus.device", "The cloud knows nothing of the device's program or of the command"),
        ("console", "cloud_lambdas.local", "The functions share, and know nothing of each other or of their imitation"),
        ("shared", "cloud_lambdas.local", "The functions share, and know nothing of each other or of their imitation"),
    ],
)
def test_a_function_keeps_to_itself(copy: Path, module: str, forbidden: str, contract: str) -> None:
    (copy / "cloud_lambdas" / module / "broken.py").write_text(f"import {forbidden}\n", encoding="utf-8")
    assert f"{contract} BROKEN" in lint_imports(copy).stdout


def test_an_adapter_may_use_opencv(copy: Path) -> None:
    (copy / "components/argus/device/adapters/broken.py").write_text("import cv2\n", encoding="utf-8")
    assert "OpenCV lives in the device's adapters alone KEPT" in lint_imports(copy).stdout
