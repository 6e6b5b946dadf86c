"""Somebody is erased at the source: a device follows, keeps nothing of them, and never takes them back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from argus.core.trust import TrustPolicy
from argus.storage.erasing import erase_person
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository
from argus.storage.versions import FolderVersions
from tests.core.test_trust import OLD
from tests.device.sync.followed import NOW, fill, following, names
from tests.made_up import enrolled

WHO = "person-3"


def signing(root: Path) -> CollectionRepository:
    return CollectionRepository(FolderStore(root), "staff", lambda: NOW, signers=[OLD])


def erase(root: Path) -> None:
    erase_person(FolderStore(root), FolderVersions(root), WHO, lambda: NOW, signers=[OLD])


def holds(local: Path) -> bool:
    return any(f'"{WHO}"'.encode() in path.read_bytes() for path in local.rglob("*.npz"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A dozen people, signed."""
    fill(tmp_path / "source")
    signing(tmp_path / "source").sign(adopt=True)
    return tmp_path / "source"


def test_what_a_power_cut_left_of_them_goes_without_the_source(source: Path, tmp_path: Path) -> None:
    local = tmp_path / "local"
    following(FolderStore(source), local).poll()
    before = {path: path.read_bytes() for path in local.rglob("*") if path.is_file() and "/." not in str(path)}
    erase(source)
    following(FolderStore(source), local).poll()
    # As it is when the power fails after both heads were stored, and before what is older was removed.
    for path, data in before.items():
        if path.parent != local:
            path.write_bytes(data)
    assert holds(local)
    alone = following(FolderStore(tmp_path / "nowhere"), local)
    alone.open()
    alone.poll()
    assert "no collection" in str(alone.status.last_error)
    assert WHO not in names(alone) and len(names(alone)) == 11
    assert not holds(local)


def test_a_damaged_copy_does_not_fall_back_to_a_version_with_them(source: Path, tmp_path: Path) -> None:
    local = tmp_path / "local"
    following(FolderStore(source), local).poll()
    old = {path: path.read_bytes() for path in local.rglob("*") if path.is_file()}
    erase(source)
    following(FolderStore(source), local).poll()
    for path, data in old.items():
        if path.name not in ("accepted.json", ".sync"):
            path.write_bytes(data)  # an older head with all its parts, as before accepted.json was followed
    newest = next(path for path in (local / "manifests").iterdir() if path not in old)
    newest.unlink()
    alone = following(FolderStore(tmp_path / "nowhere"), local)
    assert not alone.open()
    assert names(alone) == set()


def test_a_restored_backup_is_refused_until_they_are_erased_again(source: Path, tmp_path: Path) -> None:
    backup = shutil.copytree(source, tmp_path / "backup")
    device = following(FolderStore(source), tmp_path / "local", trust=TrustPolicy((OLD,), lambda: NOW))
    erase(source)
    device.poll()
    assert device.status.last_error is None and WHO not in names(device)
    shutil.rmtree(source)
    shutil.copytree(backup, source)
    signing(source).update(lambda old: old.with_person(enrolled("new")))
    for after in (0, 9):
        signing(source).sign(after=after)
        device.poll()
        assert str(device.status.last_error).startswith("refused as erased: ")
        assert WHO not in names(device)
    erase(source)  # whom the receipts name
    signing(source).sign(after=9, minimum=3)
    device.poll()
    assert device.status.last_error is None
    assert "new" in names(device) and WHO not in names(device)
