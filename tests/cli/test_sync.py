"""``argus watch --sync``: a copy that follows another place."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from argus.cli.main import main
from argus.storage.open_store import open_store


def watch(copy: Path, place: str, clip: Path) -> int:
    return main(["watch", "--collection", str(copy), "--sync", place, "--source", str(clip), "--fast", "--json"])


def test_a_copy_is_made_used_without_its_source_and_brought_up_to_date(
    collection: Path, clip: Path, tmp_path: Path, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place, copy = f"s3://{bucket}/staff", tmp_path / "copy"
    store = open_store(place)
    for path in collection.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            store.put(path.relative_to(collection).as_posix(), path.read_bytes())
    assert watch(copy, place, clip) == 0
    output = capsys.readouterr()
    assert json.loads(output.out.splitlines()[0])["person"]["name"] == "Barack Obama"
    assert "1 person of version" in output.err
    store.delete("head.json")
    assert watch(copy, place, clip) == 0
    output = capsys.readouterr()
    assert json.loads(output.out.splitlines()[0])["person"]["name"] == "Barack Obama"
    assert "there is no collection at s3://" in output.err


BROKEN = """
import sys
from argus.cli.main import main
from argus.device.sync.collection_sync import CollectionSync

good, calls = CollectionSync.poll, []

def poll(self):
    calls.append(self)
    return good(self) if len(calls) < 3 else 1 // 0

CollectionSync.poll = poll
sys.exit(main(sys.argv[1:]))
"""


def test_a_bug_while_following_ends_the_watch_with_a_traceback(collection: Path, clip: Path, tmp_path: Path) -> None:
    words = ["watch", "--collection", str(tmp_path / "copy"), "--sync", str(collection), "--sync-interval", "1"]
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, *words, "--source", str(clip), "--loop", "--keep-records", "0"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    sentence = done.stderr.index("argus: following the collection ended by a bug")
    assert sentence < done.stderr.index("Traceback") < done.stderr.index("ZeroDivisionError")
    assert " frames in " in done.stderr  # what was seen until then is told of


def test_a_place_without_a_collection(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch(tmp_path / "copy", str(tmp_path / "nowhere"), clip) == 2
    assert "there is no collection at" in capsys.readouterr().err


def test_a_collection_of_its_own_is_no_copy(
    collection: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shutil.copytree(collection, tmp_path / "own")
    assert watch(own, str(collection), clip) == 2
    assert "name another folder" in capsys.readouterr().err
