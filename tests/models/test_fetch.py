"""Files out of a source archive, through the real pip and a folder that stands in for the index."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from argus.core.errors import ModelError
from models.fetch import Archive, fetch

TOP = "tinyweights-1.0"
CONTENTS = {
    f"{TOP}/setup.py": b"from setuptools import setup\nsetup(name='tinyweights', version='1.0')\n",
    f"{TOP}/PKG-INFO": b"Metadata-Version: 1.0\nName: tinyweights\nVersion: 1.0\n",
    f"{TOP}/models/eyes.dat": b"eyes" * 1000,
    f"{TOP}/models/nose.dat": b"nose" * 1000,
    f"{TOP}/models/unwanted.dat": b"ears" * 1000,
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the archive; pip looks nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    with tarfile.open(folder / f"{TOP}.tar.gz", "w:gz") as tar:
        for name, content in CONTENTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def archive(index: Path) -> Archive:
    wanted = (f"{TOP}/models/eyes.dat", f"{TOP}/models/nose.dat")
    return Archive(
        project="tinyweights",
        version="1.0",
        sha256=sha256((index / f"{TOP}.tar.gz").read_bytes()),
        files={name: sha256(CONTENTS[name]) for name in wanted},
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_wanted_files_are_kept_and_nothing_else(archive: Archive, index: Path, tmp_path: Path) -> None:
    target = tmp_path / "weights"
    fetch(archive, target)
    assert names(target) == ["eyes.dat", "nose.dat"]
    assert (target / "eyes.dat").read_bytes() == CONTENTS[f"{TOP}/models/eyes.dat"]

    (index / f"{TOP}.tar.gz").rename(index / "gone")
    fetch(archive, target)  # all there: pip is not asked

    (target / "nose.dat").write_bytes(b"half a no")
    with pytest.raises(ModelError, match=r"tinyweights 1\.0 could not be fetched"):
        fetch(archive, target)  # damaged: pip is asked, in vain
    (index / "gone").rename(index / f"{TOP}.tar.gz")
    fetch(archive, target)
    assert (target / "nose.dat").read_bytes() == CONTENTS[f"{TOP}/models/nose.dat"]


@pytest.mark.parametrize(
    ("archive_sha256", "files", "message"),
    [
        ("0" * 64, {f"{TOP}/models/eyes.dat": "0" * 64}, "could not be fetched"),
        (None, {f"{TOP}/models/eyes.dat": "0" * 64}, "eyes.dat in .* is not the file that is pinned"),
        (None, {f"{TOP}/models/mouth.dat": "0" * 64}, "does not hold .*mouth.dat"),
    ],
)
def test_what_is_not_pinned_is_refused(
    archive: Archive, tmp_path: Path, archive_sha256: str | None, files: dict[str, str], message: str
) -> None:
    wrong = Archive(archive.project, archive.version, archive_sha256 or archive.sha256, files)
    target = tmp_path / "weights"
    with pytest.raises(ModelError, match=message):
        fetch(wrong, target)
    assert names(target) == []
