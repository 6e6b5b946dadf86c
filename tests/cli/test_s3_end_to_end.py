"""The life of a collection in S3, by the command line alone: each command a process of its own, AWS over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from argus.storage.open_signer import make_key_file

PREFIX = "große Gruppe/東京 büro"
SECOND = "José Biden-Ñandú 王"


class Shell:
    """``argus``, as somebody types it in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "argus.cli.main", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stderr if code == 2 else done.stdout

    def records(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*arguments, "--json", code=code).splitlines()]


@pytest.fixture
def argus(aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in ("ARGUS_SIGN_WITH", "ARGUS_TRUST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ARGUS_STATE", str(tmp_path / "state"))
    return Shell(tmp_path)


def photos(folder: Path, portraits: Path) -> Path:
    for name, photo, to in (("Barack Obama", "obama.jpg", "im Büro (1).jpg"), (SECOND, "biden.jpg", "ñ 王.jpg")):
        path = folder / "photos" / name / to
        path.parent.mkdir(parents=True)
        path.write_bytes((portraits / photo).read_bytes())
    return folder / "photos"


def test_the_life_of_a_collection(argus: Shell, bucket: str, portraits: Path) -> None:
    place = f"s3://{bucket}/{PREFIX}"
    here = ("--collection", place)
    assert "enrol somebody first" in argus("people", *here, "list", code=2)  # the bucket is empty

    verdicts = argus.records("enrol", *here, str(photos(argus.folder, portraits)))
    assert [one["accepted"] for one in verdicts] == [True, True]
    ids = {one["name"]: one["id"] for one in argus.records("people", *here, "list")}
    assert set(ids) == {"Barack Obama", SECOND}
    first = argus.records("collection", "describe", *here)[0]
    assert (first["people"], first["faces"], first["collection_id"]) == (2, 2, "b-ro")

    seen = argus.records("identify", *here, str(portraits / "obama2.jpg"))
    assert [one["faces"][0]["person"] for one in seen] == [{"id": "barack-obama", "name": "Barack Obama"}]

    argus("people", *here, "rename", "barack-obama", "Präsident Ōbama")
    assert argus.records("people", *here, "show", "Präsident Ōbama")[0]["id"] == "barack-obama"
    assert argus.records("collection", "diff", f"{place}@{first['version'][:12]}", place) == [
        {
            "change": "changed",
            "person": {"id": "barack-obama", "name": "Präsident Ōbama"},
            "details": ["was called Barack Obama"],
        }
    ]
    assert argus.records("collection", "rollback", *here, first["version"])[0]["version"] == first["version"]

    make_key_file(argus.folder / "key")
    make_key_file(argus.folder / "other")
    argus("collection", "sign", *here, "--sign-with", "key", "--adopt")
    assert argus.records("collection", "verify", *here, "--trust", "key.pub")[0]["whole"]
    assert "is trusted" in argus("people", *here, "--trust", "other.pub", "list", code=2)
    argus("people", *here, "--sign-with", "key", "delete", ids[SECOND], "--yes")
    assert [one["id"] for one in argus.records("people", *here, "--trust", "key.pub", "list")] == ["barack-obama"]

    argus("collection", "export", *here, "--trust", "key.pub", "Sicherung 1.zip")
    copy = f"s3://{bucket}/copy"
    argus("collection", "import", "--collection", copy, "Sicherung 1.zip", "--trust", "key.pub")
    assert argus("collection", "diff", place, copy, "--trust", "key.pub") == "no difference\n"
    assert argus.records("collection", "gc", "--collection", copy, "--grace", "0", "--keep", "0")[0]["deleted"] == []


def test_a_whole_bucket_with_more_objects_than_a_listing_shows(argus: Shell, bucket: str) -> None:
    place = f"s3://{bucket}"
    assert argus.records("collection", "create", "--collection", place)[0]["people"] == 0
    s3 = boto3.client("s3")

    def litter(number: int) -> None:
        s3.put_object(Bucket=bucket, Key=f"buckets/{number:064x}.npz", Body=b"")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(litter, range(1010)))
    found = argus.records("collection", "gc", "--collection", place, "--grace", "0", "--dry-run")[0]
    assert (len(found["deleted"]), found["kept"]) == (1010, 1)
    assert argus.records("collection", "verify", "--collection", f"{place}/")[0]["whole"]


def test_what_s3_refuses_is_one_sentence(argus: Shell, bucket: str) -> None:
    missing = f"s3://{bucket}-missing/staff"
    for arguments in (
        ("people", "--collection", missing, "list"),
        ("collection", "create", "--collection", missing),
        ("sync", missing, "--to", "copies", "--once"),
    ):
        done = argus(*arguments, code=2)
        assert done.count("\n") <= 1 and "Traceback" not in done
