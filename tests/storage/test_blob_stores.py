"""What every blob store must do; an adapter joins by adding itself to ``place``, in conftest.py."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.core.errors import CollectionConflict, CollectionError
from argus.core.ports import BlobStore, Unchanged
from argus.storage.folder import FolderStore
from argus.storage.open_store import open_store


@pytest.fixture
def store(place: str) -> BlobStore:
    return open_store(place)


def content(store: BlobStore, key: str) -> bytes | None:
    found = store.get(key)
    return None if found is None else found[0]


def test_what_was_put_is_got(store: BlobStore) -> None:
    store.put("buckets/a.npz", b"one")
    store.put("b.json", b"")
    assert content(store, "buckets/a.npz") == b"one"
    assert content(store, "b.json") == b""
    store.put("buckets/a.npz", b"two")
    assert content(store, "buckets/a.npz") == b"two"


def test_what_is_not_there_is_none(store: BlobStore) -> None:
    assert store.get("head.json") is None
    store.put("a", b"")
    assert store.get("a/b") is None
    assert store.get_unless("a/b", "some tag") is None
    store.delete("head.json")


def test_the_tag_changes_with_the_bytes(store: BlobStore) -> None:
    store.put("a", b"one")
    _, first = store.get("a") or (b"", "")
    store.put("a", b"two")
    _, second = store.get("a") or (b"", "")
    assert first != second


def test_what_is_known_is_not_read_again(store: BlobStore) -> None:
    assert store.get_unless("head.json", "some tag") is None
    tag = store.replace("head.json", b"1", expected_tag=None)
    assert store.get_unless("head.json", tag) == Unchanged()
    newer = store.replace("head.json", b"2", expected_tag=tag)
    assert store.get_unless("head.json", tag) == (b"2", newer)


def test_replacing_needs_the_tag_that_is_there(store: BlobStore) -> None:
    first = store.replace("head.json", b"1", expected_tag=None)
    assert store.get("head.json") == (b"1", first)
    with pytest.raises(CollectionConflict):
        store.replace("head.json", b"2", expected_tag=None)
    second = store.replace("head.json", b"2", expected_tag=first)
    with pytest.raises(CollectionConflict):
        store.replace("head.json", b"3", expected_tag=first)
    assert store.get("head.json") == (b"2", second)
    store.delete("head.json")
    with pytest.raises(CollectionConflict):
        store.replace("head.json", b"3", expected_tag=second)


def test_keys_are_sorted_and_have_the_prefix(store: BlobStore) -> None:
    assert list(store.keys("")) == []
    for key in ("manifests/b.json", "buckets/2.npz", "buckets/10.npz", "head.json"):
        store.put(key, b"x")
    assert list(store.keys("")) == ["buckets/10.npz", "buckets/2.npz", "head.json", "manifests/b.json"]
    assert list(store.keys("buckets/")) == ["buckets/10.npz", "buckets/2.npz"]
    store.delete("buckets/2.npz")
    assert list(store.keys("buckets/")) == ["buckets/10.npz"]


def test_an_entry_has_size_and_age(store: BlobStore) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=2)
    store.put("buckets/1.npz", b"four")
    store.put("head.json", b"")
    (entry,) = store.entries("buckets/")
    assert (entry.key, entry.size_bytes) == ("buckets/1.npz", 4)
    assert before < entry.modified_at < datetime.now(timezone.utc) + timedelta(seconds=2)
    assert [entry.key for entry in store.entries("")] == ["buckets/1.npz", "head.json"]


def test_of_many_who_replace_at_once_exactly_one_wins(store: BlobStore) -> None:
    tag = store.replace("head.json", b"start", expected_tag=None)
    outcomes: list[bool] = []

    def replace(number: int) -> None:
        try:
            store.replace("head.json", b"%d" % number, expected_tag=tag)
        except CollectionConflict:
            outcomes.append(False)
        else:
            outcomes.append(True)

    threads = [threading.Thread(target=replace, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\0b", "a\nb"]
)
def test_a_key_cannot_leave_the_place(store: BlobStore, tmp_path: Path, key: str) -> None:
    for ask in (
        lambda: store.get(key),
        lambda: store.get_unless(key, "tag"),
        lambda: store.put(key, b""),
        lambda: store.replace(key, b"", expected_tag=None),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="not a key"):
            ask()
    assert list(tmp_path.iterdir()) == []


def test_temporary_files_are_not_keys_and_do_not_stay(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("a", b"1")
    store.replace("head.json", b"1", expected_tag=None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "a", "head.json"]
    (tmp_path / ".new-left-by-a-power-cut").write_bytes(b"")
    assert list(store.keys("")) == ["a", "head.json"]


def test_a_place_that_is_no_folder_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CollectionError, match="cannot write to"):
        FolderStore(tmp_path / "file").put("a", b"1")
    (tmp_path / "store" / "head.json").mkdir(parents=True)
    with pytest.raises(CollectionError, match="cannot read"):
        FolderStore(tmp_path / "store").get("head.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CollectionError, match="cannot write to"):
        FolderStore(tmp_path).put("a", b"1")


def test_a_full_disk_is_one_clear_message_and_leaves_the_old_bytes(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: writing fails at the same place, with an OSError."""
    FolderStore(tmp_path).put("a", b"old")
    program = f"""
import pathlib, resource, signal
from argus.core.errors import CollectionError
from argus.storage.folder import FolderStore
from argus.storage.open_store import open_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    FolderStore(pathlib.Path({str(tmp_path)!r})).put("a", b"x" * 2000)
except CollectionError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "make room" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"
