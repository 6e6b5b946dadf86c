"""The real clip: who is seen when, against what was annotated by eye."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from argus.cli.main import main
from scripts.benchmarks.clip import missed
from tests.rehearsed import enrol

Event = dict[str, Any]
TRUTH: dict[str, Any] = json.loads(Path(__file__).with_name("short_hamilton_visits.json").read_text(encoding="utf-8"))
MIRANDA, OBAMA = "Lin-Manuel Miranda", "Barack Obama"


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Path:
    folder = tmp_path_factory.mktemp("clip") / "people"
    enrol(folder, {name: [data_dir / photo] for name, photo in TRUTH["enrolled"].items()})
    return folder


def watch(data_dir: Path, collection: Path, capsys: pytest.CaptureFixture[str]) -> str:
    source = str(data_dir / TRUTH["clip"])
    assert main(["watch", "--collection", str(collection), "--source", source, "--fast", "--json"]) == 0
    return capsys.readouterr().out


def named(event: Event) -> str | None:
    return event["person"]["name"] if event["person"] else None


def test_the_clip(data_dir: Path, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = watch(data_dir, collection, capsys)
    events: list[Event] = [json.loads(line) for line in output.splitlines()]

    assert missed(TRUTH, events) == []

    [miranda] = [event for event in events if event["kind"] == "match" and named(event) == MIRANDA]
    [end] = [event for event in events if event["visit_id"] == miranda["visit_id"] and event["kind"] == "left"]
    assert end["span"]["first_frame"] <= 90 and 200 <= end["span"]["last_frame"] <= 210

    for event in events:
        if named(event) not in (None, MIRANDA):
            left, _, right, _ = event["box_ltrb"]
            assert named(event) == OBAMA and left <= 350 <= right and event["span"]["first_frame"] >= 211, event

    strangers = [event for event in events if event["kind"] == "unknown"]
    for number, one in enumerate(strangers):
        assert [who["who"] for who in TRUTH["seen"] if "unknown" in who["may_be"] and covers(one, who)], one
        assert all(one["visit_id"] != other["visit_id"] for other in strangers[:number])
    for who in TRUTH["seen"]:
        assert sum(covers(event, who) for event in strangers) <= 1, who["who"]

    assert watch(data_dir, collection, capsys) == output


def covers(event: Event, who: dict[str, Any]) -> bool:
    """Whether the event's box has its centre in the annotated one, and they are of the same time."""
    left, top, right, bottom = event["box_ltrb"]
    x, y = (left + right) / 2, (top + bottom) / 2
    box = who["box_ltrb"]
    span, frames = event["span"], who["frames"]
    together = span["first_frame"] <= frames[1] and span["last_frame"] >= frames[0]
    return bool(together and box[0] <= x < box[2] and box[1] <= y < box[3])
