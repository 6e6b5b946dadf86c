"""``argus sync``: copies that follow their places without a camera."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from argus.cli.main import main
from argus.device.adapters.clock import SystemClock
from argus.storage.open_signer import make_key_file, open_signer
from argus.storage.open_store import open_collection, open_store
from tests.made_up import enrolled


def enrol(place: str, *names: str, key: Path | None = None) -> None:
    signers = [open_signer(str(key))] if key else []
    repository = open_collection(place, SystemClock().now, signers=signers)
    for name in names:
        repository.update(lambda old, name=name: old.with_person(enrolled(name)))  # type: ignore[misc]


def synced(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    code = main(["sync", *map(str, arguments), "--once", "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def people_of(folder: Path) -> list[str]:
    return [one.person.id for one in open_collection(folder, SystemClock().now).load().collection.people]


def test_several_places_are_followed(bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    staff, visitors = f"s3://{bucket}/a/staff", str(tmp_path / "visitors")
    enrol(staff, "ann")
    enrol(visitors, "eve")
    to = tmp_path / "copies"
    code, told = synced(capsys, staff, visitors, "--to", to, "--thing", "hall-1")
    assert (code, [(one["place"], one["people"], one["error"]) for one in told]) == (
        0,
        [(staff, 1, None), (visitors, 1, None)],
    )
    assert (people_of(to / "staff"), people_of(to / "visitors")) == (["ann"], ["eve"])
    assert main(["collection", "describe", "--collection", staff]) == 0
    told_of = r"device         hall-1: number 1, this version, confirmed \d+ s ago\n"
    assert re.search(told_of, capsys.readouterr().out)
    enrol(staff, "bob")
    open_store(visitors).delete("head.json")
    code, told = synced(capsys, staff, visitors, "--to", to)
    assert (code, [(one["people"], one["sequence"]) for one in told]) == (1, [(2, 2), (1, 1)])
    assert "there is no collection at" in told[1]["error"]
    assert (people_of(to / "staff"), people_of(to / "visitors")) == (["ann", "bob"], ["eve"])


@pytest.mark.parametrize(
    "change",
    [
        "people --collection {copy} rename ann Anna",
        "people --collection {copy} delete ann --yes",
        "enrol --collection {copy} --person Ann missing.jpg",
        "collection rollback --collection {copy} 000000000000",
    ],
)
def test_a_copy_is_not_changed(change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrol(str(tmp_path / "staff"), "ann")
    assert synced(capsys, tmp_path / "staff", "--to", tmp_path / "copies")[0] == 0
    before = (tmp_path / "copies" / "staff" / "head.json").read_bytes()
    (tmp_path / "missing.jpg").write_bytes(b"x")
    words = change.replace("missing.jpg", str(tmp_path / "missing.jpg")).split()
    assert main([word.format(copy=tmp_path / "copies" / "staff") for word in words]) == 2
    assert "is a copy of another collection" in capsys.readouterr().err
    assert (tmp_path / "copies" / "staff" / "head.json").read_bytes() == before


def test_what_nobody_signed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, key = str(tmp_path / "staff"), tmp_path / "key"
    make_key_file(key)
    enrol(place, "ann")
    to = tmp_path / "copies"
    code, (told,) = synced(capsys, place, "--to", to, "--trust", f"{key}.pub")
    assert (code, told["version"], told["error"].split(":")[0]) == (2, None, "refused as unsigned")
    assert main(["collection", "sign", "--collection", place, "--sign-with", str(key), "--adopt"]) == 0
    capsys.readouterr()
    assert synced(capsys, place, "--to", to, "--trust", f"{key}.pub")[0] == 0
    open_store(place).delete("head.json")
    enrol(place, "eve")
    code, (told,) = synced(capsys, place, "--to", to, "--trust", f"{key}.pub")
    assert (code, told["people"], told["error"].split(":")[0]) == (1, 1, "refused as unsigned")
    assert people_of(to / "staff") == ["ann"]


def test_wrong_use_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        enrol(str(tmp_path / str(number) / "staff"), "ann")
    places = [str(tmp_path / str(number) / "staff") for number in (1, 2)]
    assert main(["sync", *places, "--to", str(tmp_path / "copies"), "--once"]) == 2
    assert "would share the folder" in capsys.readouterr().err
    assert main(["sync", places[0], "--to", str(tmp_path / "2"), "--once"]) == 2
    assert "name another folder" in capsys.readouterr().err
    assert main(["sync", places[0], "--to", "s3://bucket/copies", "--once"]) == 2
    assert "name a folder with --to" in capsys.readouterr().err
    assert main(["sync", "gs://bucket/x", "--to", str(tmp_path), "--once"]) == 2
    assert "is no place for a collection" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_change_is_followed_until_it_is_ended(number: signal.Signals, code: int, tmp_path: Path) -> None:
    place, to = str(tmp_path / "staff"), tmp_path / "copies"
    enrol(place, "ann")
    command = [sys.executable, "-m", "argus.cli.main", "sync", place, "--to", str(to), "--interval", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith(f"{to / 'staff'}: 1 person of version ")
        enrol(place, "bob")
        began = time.monotonic()
        assert process.stdout.readline().startswith(f"{to / 'staff'}: 2 people of version ")
        assert time.monotonic() - began < 10
        process.send_signal(number)
        assert process.wait(10) == code
        assert process.stderr.read() == ("argus: interrupted\n" if code else "")
    assert people_of(to / "staff") == ["ann", "bob"]
