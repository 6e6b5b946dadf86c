"""Running the component's scripts as Greengrass does: by an unprivileged user, with nothing of this environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scripts.bundling.targets import PYTHONS

NOBODY = 65534

_OWN = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
_OTHERS = [Path("/usr/bin", f"python{version}") for version in reversed(PYTHONS)]


@dataclass(frozen=True)
class User:
    """Who runs the component.

    Attributes:
        python: the Python to install with.
        id: the user's number; None: the one who runs the tests.
        before: what the scripts are started by, which takes away root's rights and the network.
    """

    python: Path
    id: int | None
    before: tuple[str, ...]


@dataclass(frozen=True)
class Device:
    """A folder with an unzipped bundle and a work folder, both with a space in their names."""

    bundle: Path
    work: Path
    user: User

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """``sh SCRIPT WORK/ ARGUMENT...``, with ``environment`` and a path alone."""
        return subprocess.run(
            [*self.user.before, "/bin/sh", os.fspath(self.bundle / script), f"{self.work}/", *arguments],
            cwd=self.work,
            env={"PATH": "/usr/bin:/bin", "ARGUS_PYTHON": os.fspath(self.user.python), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("install.sh", **environment)

    def copy_from(self, other: Device) -> None:
        """Takes over what was installed on ``other``: an environment works wherever it lies."""
        shutil.copytree(other.bundle, self.bundle, dirs_exist_ok=True)
        subprocess.run(["cp", "-a", f"{other.work}/.", os.fspath(self.work)], check=True)

    @property
    def environment(self) -> str:
        """The id of the environment in use."""
        return os.readlink(self.work / "venv")

    def environments(self) -> set[str]:
        return {path.relative_to(self.work).as_posix() for path in (self.work / "environments").iterdir()}


@contextmanager
def device() -> Iterator[Device]:
    """An empty one; its bundle is to be filled."""
    # Not pytest's folder, which root keeps to itself.
    with tempfile.TemporaryDirectory(prefix="argus-") as folder:
        Path(folder).chmod(0o755)
        bundle, work = Path(folder, "art facts"), Path(folder, "work dir")
        for path in (bundle, work):
            path.mkdir()
            path.chmod(0o755)
        user = find_user()
        if user.id is not None:
            os.chown(work, user.id, user.id)
        yield Device(bundle, work, user)


@cache
def find_user() -> User:
    """Nobody, without network, as far as this machine allows it; with a Python that this user may run."""
    if os.getuid() != 0:
        return User(_OWN, None, ("unshare", "--user", "--net") if _works("unshare", "--user", "--net", "true") else ())
    alone = ("unshare", "--net") if _works("unshare", "--net", "true") else ()
    nobody = (*alone, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    for python in (_OWN, *_OTHERS):
        if _works(*nobody, "env", "-i", os.fspath(python), "-c", "import ensurepip, venv"):
            return User(python, NOBODY, nobody)
    return User(_OWN, None, alone)


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
