"""One collection, followed: what travels, what is refused, and that what was had is kept."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from argus.core.head import Head, Statement, decode_head, encode_head
from argus.core.manifest import encode_manifest
from argus.core.trust import TrustPolicy, sign
from argus.core.types import PLAIN_MODEL_ID
from argus.device.sync.collection_sync import CollectionSync
from argus.storage.folder import FolderStore
from argus.storage.reading import HEAD_KEY, manifest_key
from argus.storage.repository import CollectionRepository
from argus.storage.signing import KeyFileSigner, make_key
from tests.device.sync.followed import NOW, PEOPLE, Clock, Watched, change, files, fill, following, names, writer


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    fill(tmp_path / "remote")
    return tmp_path / "remote"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "device"


@pytest.fixture
def synced(remote: Path, local: Path) -> CollectionSync:
    sync = following(FolderStore(remote), local)
    assert sync.poll()
    return sync


def issue(remote: Path, statement: Statement, *signers: KeyFileSigner) -> None:
    """Puts a head there that no writer of ours would."""
    head = sign(statement, signers) if signers else Head(statement)
    FolderStore(remote).put(HEAD_KEY, encode_head(head))


def change_unsigned(remote: Path) -> None:
    """As somebody who has no key can."""
    issue(remote, statement_of(remote))
    change(remote)


def statement_of(remote: Path) -> Statement:
    return decode_head((remote / HEAD_KEY).read_bytes()).statement


def test_a_device_has_what_the_source_has(remote: Path, local: Path) -> None:
    sync = following(FolderStore(remote), local)
    assert not sync.open() and sync.status.version is None
    assert sync.poll()
    assert sync.snapshot is not None and sync.snapshot.collection == writer(remote).load().collection
    status = sync.status
    assert (status.collection_id, status.sequence, status.people, status.last_error) == ("staff", 1, PEOPLE, None)
    assert status.version == statement_of(remote).manifest_sha256 and status.confirmed_at == NOW
    assert not sync.poll()


def test_only_the_head_and_what_changed_travels(remote: Path, local: Path) -> None:
    store = Watched(remote)
    sync = following(store, local)
    sync.poll()
    whole = store.bytes_read
    store.read.clear()
    sync.poll()
    assert store.read == ["head.json unless"]
    change(remote)
    store.read.clear()
    store.bytes_read = 0
    assert sync.poll()
    assert store.read[:2] == ["head.json unless", "manifests"] and 1 <= store.read.count("buckets") <= 3
    assert store.bytes_read < whole / 3
    assert sync.snapshot is not None and sync.snapshot.collection == writer(remote).load().collection
    store.read.clear()
    again = following(store, local)
    again.open()
    again.poll()
    assert store.read == ["head.json"]


def test_a_device_starts_without_the_network(synced: CollectionSync, remote: Path, local: Path) -> None:
    shutil.rmtree(remote)
    sync = following(FolderStore(remote), local)
    assert sync.open()
    assert sync.snapshot == synced.snapshot
    assert sync.status.confirmed_at is None and sync.status.age_seconds(NOW + timedelta(hours=2)) == 7200
    assert not sync.poll()
    assert sync.snapshot == synced.snapshot
    assert "no collection at the source" in (sync.status.last_error or "")


def test_a_head_that_comes_by_message_is_followed(synced: CollectionSync, remote: Path) -> None:
    before = (remote / HEAD_KEY).read_bytes()
    change(remote)
    assert synced.notify((remote / HEAD_KEY).read_bytes())
    assert synced.snapshot is not None and synced.snapshot.collection == writer(remote).load().collection
    assert not synced.notify(before)
    assert "refused as older" in (synced.status.last_error or "")
    assert not synced.notify(b"{")
    assert "head is not valid" in (synced.status.last_error or "")
    assert not synced.poll() and synced.status.last_error is None


def test_nobody_who_was_removed_stays_on_the_disk(synced: CollectionSync, remote: Path, local: Path) -> None:
    assert any(b'"person-1"' in data for data in files(local).values())
    (local / "buckets" / ".new-half").write_bytes(b'half of "person-1"')
    change(remote)
    synced.poll()
    assert "person-1" not in names(synced)
    assert not any(b'"person-1"' in data for data in files(local).values())
    assert set(files(local)) == set(FolderStore(local).keys(""))


def test_what_is_not_signed_as_it_should_be_is_refused_by_name(remote: Path, local: Path, tmp_path: Path) -> None:
    clock = Clock()
    ours = make_key(tmp_path / "ours")
    make_key(tmp_path / "theirs")
    signer, stranger = KeyFileSigner(tmp_path / "ours"), KeyFileSigner(tmp_path / "theirs")
    sync = following(FolderStore(remote), local, trust=TrustPolicy((ours,), clock))
    first = replace(statement_of(remote), expires_at=NOW + timedelta(days=30))

    def poll() -> str:
        assert not sync.poll()
        return sync.status.last_error or ""

    assert "refused as unsigned" in poll() and sync.snapshot is None
    issue(remote, first, signer)
    assert sync.poll()
    kept, on_disk = sync.snapshot, files(local)
    change_unsigned(remote)
    second = replace(statement_of(remote), expires_at=NOW + timedelta(days=60))
    assert "refused as unsigned" in poll()
    issue(remote, second, stranger)
    assert "refused as unknown_key" in poll()
    forged = Head(second, sign(first, [signer]).signatures)
    FolderStore(remote).put(HEAD_KEY, encode_head(forged))
    assert "refused as bad_signature" in poll()
    issue(remote, replace(second, expires_at=NOW), signer)
    assert "refused as expired" in poll()
    issue(remote, replace(second, collection_id="visitors"), signer)
    assert "refused as other_collection" in poll()
    assert sync.snapshot is kept and files(local) == on_disk
    issue(remote, second, signer)
    assert sync.poll()
    issue(remote, first, signer)
    assert "refused as older" in poll() and sync.status.sequence == 2
    # The number that must not be gone below outlives the process, and either of the two heads on the disk.
    (local / HEAD_KEY).write_bytes(b"spoilt")
    sync = following(FolderStore(remote), local, trust=TrustPolicy((ours,), clock))
    assert sync.open()
    assert "refused as older" in poll() and sync.status.sequence == 2
    # What expires is kept and said, with and without the network.
    clock.passes(days=61)
    assert "refused as" in poll() and sync.snapshot is not None
    restarted = following(FolderStore(tmp_path / "nowhere"), local, trust=TrustPolicy((ours,), clock))
    assert restarted.open() and "refused as expired" in (restarted.status.last_error or "")
    # Nobody starts from a disk whose signer is not trusted.
    distrusting = following(FolderStore(remote), local, trust=TrustPolicy((stranger.verifier,), lambda: NOW))
    assert not distrusting.open() and distrusting.snapshot is None


def test_a_place_stays_bound_to_its_collection(remote: Path, local: Path, tmp_path: Path) -> None:
    old, new = (KeyFileSigner(tmp_path / name) for name in ("old", "new") if make_key(tmp_path / name))
    of_staff = statement_of(remote)
    of_visitors = replace(of_staff, collection_id="visitors", sequence=9)

    def device(*trusted: KeyFileSigner, collection_id: str | None = None) -> CollectionSync:
        policy = TrustPolicy(tuple(one.verifier for one in trusted), lambda: NOW, collection_id)
        sync = following(FolderStore(remote), local, trust=policy)
        sync.open()
        sync.poll()
        return sync

    # What nobody vouches for binds nothing.
    issue(remote, replace(of_visitors, sequence=1))
    assert device().status.collection_id == "visitors"
    issue(remote, of_staff, old)
    assert device(old).status.collection_id == "staff"
    # All keys are replaced, and both heads that the device had accepted are worth nothing to it.
    issue(remote, of_visitors, new)
    refused = device(new)
    assert "refused as other_collection" in (refused.status.last_error or "") and refused.snapshot is None
    issue(remote, replace(of_staff, sequence=2), new)
    assert device(new).status.sequence == 2
    issue(remote, of_visitors, new)
    refused = device(new)
    assert "refused as other_collection" in (refused.status.last_error or "") and refused.status.sequence == 2
    # Who knows the id says so; then what another collection left on the disk is not used.
    assert device(new, collection_id="visitors").status.collection_id == "visitors"
    refused = device(new, collection_id="staff")
    assert "refused as other_collection" in (refused.status.last_error or "") and refused.snapshot is None
    # The disk may lose what it says.
    (local / "followed.json").write_bytes(b"spoilt")
    issue(remote, of_staff, new)
    assert "refused as other_collection" in (device(new).status.last_error or "")


def test_every_altered_or_missing_object_of_the_source_is_refused(remote: Path, local: Path, tmp_path: Path) -> None:
    trust = TrustPolicy((make_key(tmp_path / "key"),), lambda: NOW)
    signer = KeyFileSigner(tmp_path / "key")
    issue(remote, statement_of(remote), signer)
    first = following(FolderStore(remote), local, trust=trust)
    assert first.poll()
    before, on_disk = set(FolderStore(remote).keys("")), files(local)
    change_unsigned(remote)
    issue(remote, statement_of(remote), signer)
    for number, key in enumerate(sorted({HEAD_KEY} | (set(FolderStore(remote).keys("")) - before))):
        # A device of its own, for what arrived whole is not fetched again.
        device = shutil.copytree(local, tmp_path / f"device-{number}")
        sync = following(FolderStore(remote), device, trust=trust)
        assert sync.open()
        path, good = remote / key, (remote / key).read_bytes()
        for position in (0, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
            assert not sync.poll() and sync.status.last_error
        path.unlink()
        assert not sync.poll() and sync.status.last_error
        path.write_bytes(good)
        assert sync.snapshot == first.snapshot
        assert {key: data for key, data in files(device).items() if key in on_disk} == on_disk
        restarted = following(FolderStore(tmp_path / "nowhere"), device, trust=trust)
        assert restarted.open() and restarted.snapshot == first.snapshot
        assert sync.poll() and sync.status.last_error is None
        assert sync.snapshot is not None and sync.snapshot.collection == writer(remote).load().collection


def test_every_altered_or_missing_object_of_the_disk_is_mended(
    synced: CollectionSync, remote: Path, local: Path, tmp_path: Path
) -> None:
    whole = files(local)
    for key in whole:
        for change_it in (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"), Path.unlink):
            change_it(local / key)
            alone = following(FolderStore(tmp_path / "nowhere"), local)
            # Either head is enough; nothing of a version that is not whole is ever used.
            assert alone.open() == (key in (HEAD_KEY, "accepted.json"))
            assert alone.snapshot in (None, synced.snapshot)
            sync = following(FolderStore(remote), local)
            sync.open()
            sync.poll()
            assert sync.snapshot == synced.snapshot and sync.status.last_error is None
            restarted = following(FolderStore(tmp_path / "nowhere"), local)
            assert restarted.open() and restarted.status.last_error is None
            for name, data in whole.items():
                (local / name).write_bytes(data)


def test_collections_that_a_device_cannot_take_are_refused(synced: CollectionSync, remote: Path, local: Path) -> None:
    kept, on_disk = synced.snapshot, files(local)
    assert synced.snapshot is not None
    size = sum(entry.size_bytes for entry in synced.snapshot.manifest.buckets.values())
    small = following(FolderStore(remote), local.with_name("small"), max_bytes=size - 1)
    assert not small.poll() and "split it" in (small.status.last_error or "")
    assert list(FolderStore(local.with_name("small")).keys("buckets/")) == []
    good = statement_of(remote)

    def offer(manifest: bytes, model_id: str = good.model_id) -> str:
        version = hashlib.sha256(manifest).hexdigest()
        FolderStore(remote).put(manifest_key(version), manifest)
        issue(remote, replace(good, sequence=2, manifest_sha256=version, model_id=model_id))
        assert not synced.poll()
        return synced.status.last_error or ""

    assert "is of model" in offer(b"{}", model_id=PLAIN_MODEL_ID)
    foreign = encode_manifest(replace(synced.snapshot.manifest, model_id=PLAIN_MODEL_ID))
    assert "different models" in offer(foreign)
    for hostile in (b"", b"{}", b"[" * 60_000, b" " * 70_000, foreign[:-2]):
        assert "is not valid" in offer(hostile)
    more = encode_manifest(replace(synced.snapshot.manifest, faces=synced.snapshot.manifest.faces + 1))
    assert "more or fewer faces" in offer(more)
    assert synced.snapshot is kept
    assert {key: data for key, data in files(local).items() if key in on_disk} == on_disk
    # A version that is whole again is taken, and leaves nothing of those.
    FolderStore(remote).put(HEAD_KEY, encode_head(Head(replace(good, sequence=3))))
    assert synced.poll() and set(files(local)) == set(on_disk)


def test_processes_that_share_a_folder_take_turns(synced: CollectionSync, remote: Path, local: Path) -> None:
    other = following(FolderStore(remote), local)
    assert other.open()
    change(remote)
    with synced._copy.turn() as mine:
        assert mine
        assert not other.poll() and other.status.last_error is None
    assert synced.poll()
    with synced._copy.turn():
        # The other one has it from the disk.
        assert other.poll() and other.snapshot == synced.snapshot


def test_a_collection_of_nobody_is_followed(tmp_path: Path) -> None:
    CollectionRepository(FolderStore(tmp_path / "empty"), "empty", lambda: NOW).update(lambda old: old)
    sync = following(FolderStore(tmp_path / "empty"), tmp_path / "device")
    assert sync.poll() and sync.status.people == 0
