"""Commands take a collection in S3 as they take one in a folder."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

import argus.device.doctor.knowledge  # noqa: F401 - it must not be imported first while the calibration is replaced
from argus.cli.main import main
from argus.core.collection import Collection
from argus.storage.open_store import open_collection
from argus.vision import calibration_file
from tests.core.measures import flat_calibration
from tests.made_up import enrolled


@pytest.fixture
def place(bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A collection in S3, of people who lie where nobody's face does."""
    monkeypatch.setattr(calibration_file, "load_calibration", lambda _: flat_calibration())
    place = f"s3://{bucket}/staff"
    people = Collection.of([enrolled("ann"), enrolled("bob")])
    open_collection(place, lambda: datetime.now(timezone.utc)).update(lambda _: people)
    return place


def test_people_are_listed_renamed_and_deleted(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    people = ("people", "--collection", place)
    assert main([*people, "rename", "ann", "Ann Lee"]) == 0
    assert main([*people, "delete", "bob", "--yes"]) == 0
    capsys.readouterr()
    assert main([*people, "list", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert (json.loads(line)["id"], json.loads(line)["name"]) == ("ann", "Ann Lee")


def test_its_health(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collection", "health", "--collection", place]) == 1
    assert capsys.readouterr().out.startswith("2 people, 4 photos\n")


def test_a_doctor_reads_it(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--collection", place, "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (collection,) = (one for one in found if one["topic"] == "collection")
    assert (collection["state"], collection["what"][:10]) == ("ok", "2 enrolled")
    main(["doctor", "--collection", f"{place}/none", "--json"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["state"] for one in found if one["topic"] == "collection"] == ["fault"]


def test_what_needs_a_folder_says_so(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "--collection", place, "--sync", place, "--source", "0"]) == 2
    assert "keeps its copy in a folder" in capsys.readouterr().err


def test_no_place_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["people", "--collection", "gs://bucket/x", "list"]) == 2
    assert capsys.readouterr().err.startswith("argus: 'gs://bucket/x' is no place for a collection")
