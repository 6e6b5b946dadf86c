"""Fetches files out of pinned source archives of the package index.

pip does the fetching, so that the user's own configuration of it (a mirror, a proxy, a certificate)
holds here too. Nothing of an archive is installed or run except its ``setup.py``, which pip asks for
the name and version; the archive's hash is checked before that.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from argus.core.errors import ModelError

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Archive:
    """A source archive and the files that are wanted of it.

    Attributes:
        project: its name in the index.
        version: the one that is pinned.
        sha256: of the archive.
        files: member of the archive, as its full path -> sha256.
    """

    project: str
    version: str
    sha256: str
    files: Mapping[str, str]


def fetch(archive: Archive, target: Path) -> None:
    """Puts the wanted files into ``target``, each under its own name; fetches nothing when all are there and whole.

    A file appears complete or not at all. The archive is removed afterwards.

    Raises:
        ModelError: the archive cannot be fetched, or does not hold what it should.
    """
    missing = {path: sha256 for path, sha256 in archive.files.items() if not _is_whole(target / _name(path), sha256)}
    if not missing:
        return
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target) as folder:
        _unpack(_download(archive, Path(folder)), missing, Path(folder))
        for path in missing:
            (Path(folder) / _name(path)).replace(target / _name(path))


def _download(archive: Archive, folder: Path) -> Path:
    print(f"argus: fetching {archive.project} {archive.version}", file=sys.stderr, flush=True)
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{archive.project}=={archive.version} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "--require-hashes"]
    done = subprocess.run(
        [*command, "--dest", os.fspath(folder), "--requirement", os.fspath(requirement)], stdout=sys.stderr, check=False
    )
    found = sorted(folder.glob("*.tar.gz"))
    if done.returncode != 0 or len(found) != 1:
        raise ModelError(
            f"{archive.project} {archive.version} could not be fetched (pip's reason stands above): "
            "check the connection and pip's settings, then run the same again"
        )
    return found[0]


def _unpack(source: Path, wanted: Mapping[str, str], folder: Path) -> None:
    found = set()
    with tarfile.open(source, "r|gz") as tar:
        for member in tar:
            path = member.name
            content = tar.extractfile(member) if path in wanted else None
            if content is None:
                continue
            with content, (folder / _name(path)).open("wb") as copy:
                if _copy_hashed(content, copy) != wanted[path]:
                    raise ModelError(f"{path} in {source.name} is not the file that is pinned: nothing was kept of it")
            found.add(path)
    if absent := sorted(wanted.keys() - found):
        raise ModelError(f"{source.name} does not hold {', '.join(absent)}: nothing was kept of it")


def _copy_hashed(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _is_whole(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in _chunks(file):
            digest.update(chunk)
    return digest.hexdigest() == sha256


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _name(path: str) -> str:
    return PurePosixPath(path).name
