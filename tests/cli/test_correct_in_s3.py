"""A visit compared with a collection in S3, explained and corrected there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from argus.cli.main import main
from argus.device.adapters.clock import SystemClock
from argus.storage.open_store import open_collection


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    assert main([*map(str, arguments), "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_visit_is_watched_explained_and_corrected(
    collection: Path, clip: Path, bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, state = f"s3://{bucket}/staff", tmp_path / "state"
    assert main(["collection", "import", "--collection", place, str(collection)]) == 0
    capsys.readouterr()
    events = said(capsys, "watch", "--collection", f"{place}/", "--source", clip, "--fast", "--state", state)
    (match,) = (one for one in events if one["kind"] == "match")

    (done,) = said(capsys, "correct", match["event_id"], "--not-them", "--state", state)
    assert done["now"]["outcome"] == "uncertain"
    (person,) = open_collection(place, SystemClock().now).load().collection.people
    assert person.stricter_by > 0
    (explained,) = said(capsys, "explain", match["event_id"], "--collection", place, "--state", state)
    assert explained["now"]["outcome"] == "uncertain"
    (back,) = said(capsys, "correct", match["event_id"], "--is", "barack-obama", "--state", state)
    assert back["now"]["outcome"] == "match"

    assert main(["sync", place, "--to", str(tmp_path), "--once"]) == 0
    copy = ["--state", str(state), "--collection", str(tmp_path / "staff")]
    assert main(["correct", match["event_id"], "--not-them", *copy]) == 2
    assert "is a copy of another collection" in capsys.readouterr().err
