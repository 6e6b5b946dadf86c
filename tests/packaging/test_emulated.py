"""The zip for aarch64 on an emulated one: only where a root file system for it is at hand.

``debootstrap --arch=arm64 --include=python3-venv bookworm DIR`` makes one where ``qemu-user-static`` is installed;
``ARGUS_AARCH64_ROOT`` names it, and the tests run as root. It takes about a minute and a half of a processor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

import argus
from scripts.bundling.component import build
from tests.packaging.installing import NOBODY


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in the other machine's file system."""
    root = os.environ.get("ARGUS_AARCH64_ROOT")
    if not root or os.getuid() != 0:
        pytest.skip("ARGUS_AARCH64_ROOT names no root file system of an aarch64, or this is not root")
    with tempfile.TemporaryDirectory(dir=Path(root, "tmp")) as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_the_zip_alone_installs_and_works_on_an_aarch64(root: Path, folder: Path, tmp_path: Path) -> None:
    other = folder.parents[1]
    inside = Path("/tmp", folder.name)
    asked = ("chroot", other, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    python = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    (archive,) = build(root, tmp_path, ["aarch64"], [python])
    with ZipFile(archive) as file:
        file.extractall(folder / "bundle")
    (folder / "work").mkdir()
    shutil.chown(folder / "work", NOBODY, NOBODY)
    # Not /sys, which tells ONNX Runtime of this machine's processors, and it would ask an ARM for what they have.
    mount = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec "$@"'
    alone = ("unshare", "--net", "--mount", "sh", "-c", mount, other)
    user = ("chroot", f"--userspec={NOBODY}:{NOBODY}", other, "env", "-i", "PATH=/usr/bin:/bin")
    done = subprocess.run(
        [*alone, *user, "sh", inside / "bundle" / "install.sh", inside / "work"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "argus: installing from the bundled wheels" in done.stdout
    assert f"argus {argus.__version__}: 13 packages and all models work" in done.stdout
