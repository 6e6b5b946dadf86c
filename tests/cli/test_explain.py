from __future__ import annotations

import base64
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from argus.cli.explain_page import page
from argus.cli.explaining import explain_visit
from argus.cli.main import main
from argus.core.matching import Reason
from argus.device.records.store import RECORDS_FILE
from argus.device.records.values import Correction, VisitRecord
from tests.core.measures import at, entry
from tests.device.records.kept import HOME, NOON, crop, event, look

NASTY = '<script>alert("1") & Söhne'


class Tags(HTMLParser):
    """Which elements a page has, and whether every one that is opened is closed."""

    VOID = frozenset({"meta", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["explain", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_newest_visits_are_listed(watched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger, match = explain(capsys, "--state", str(watched))
    assert (stranger["outcome"], stranger["person"]) == ("unknown", None)
    assert (match["outcome"], match["person"]["name"], match["corrected"]) == ("match", "Barack Obama", False)
    assert main(["explain", "--state", str(watched)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[4] for line in lines] == ["unknown", "match"]
    assert match["event_id"] in lines[1]


def test_a_match_is_explained(watched: Path, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, listed = explain(capsys, "--state", str(watched))
    [visit] = explain(capsys, listed["event_id"], "--state", str(watched), "--collection", str(collection))
    assert re.fullmatch(
        r"named Barack Obama: 0\.\d\d under the threshold, and nobody else is enrolled", visit["explanation"]
    )
    assert visit["now"] == visit["looks"][0]["grounds"]
    assert [told["kind"] for told in visit["events"]] == ["match", "left"]
    assert listed["event_id"] == visit["events"][0]["event_id"]
    # What the record says is what the event has told.
    evidence, nearest = visit["events"][0]["evidence"], visit["looks"][0]["grounds"]["nearest"][0]
    for key in ("distance", "normalised_distance", "threshold"):
        assert nearest[key] == pytest.approx(evidence[key], abs=1e-6)
    assert len(visit["looks"][0]["crops"]) == evidence["pictures"]
    assert visit["looks"][0]["crops"][0]["box_ltrb"] == visit["events"][0]["box_ltrb"]


def test_a_stranger_is_explained_for_people(watched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed, _ = explain(capsys, "--state", str(watched))
    assert main(["explain", listed["event_id"][-10:], "--state", str(watched)]) == 0
    text = capsys.readouterr().out
    for words in (
        "a stranger: the nearest, Barack Obama, is 0.",
        "Wanted: at most 1 % of strangers' visits named",
        "one false match in",
        "What would change it:",
        f"event {listed['event_id']}  unknown",
    ):
        assert words in text
    assert text.count("frame ") >= 4


def test_a_page_stands_by_itself(watched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, listed = explain(capsys, "--state", str(watched))
    out = tmp_path / "why.html"
    assert main(["explain", listed["event_id"], "--state", str(watched), "--html", str(out)]) == 0
    assert "shows faces" in capsys.readouterr().err
    assert out.stat().st_mode & 0o777 == 0o600
    text = out.read_text(encoding="utf-8")
    tags = Tags(text)
    assert tags.seen["img"] >= 4 and not {"script", "link", "iframe", "a"} & set(tags.seen)
    sources = [value or "" for name, value in tags.attributes if name in ("src", "href")]
    for source in sources:
        kind, data = source.split(",")
        assert kind == "data:image/jpeg;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data))).size == (150, 150)
    assert "http" not in re.sub("http-equiv", "", text) and "url(" not in text
    assert "default-src 'none'" in text
    assert "Named Barack Obama: 0." in tags.words and "What would change it" in tags.words


def invented(name: str, poor: Reason | None, distances: tuple[float, ...]) -> VisitRecord:
    people = [entry(f"{name} {number}", at(number, distance)) for number, distance in enumerate(distances)]
    kept = look([crop(at(5, 0.0).vector, poor=poor)], list(people), poor=poor)
    return VisitRecord("visit", "hall", HOME, (kept,), (event("left", "e", "visit"),), ())


@pytest.mark.parametrize("poor", [None, Reason.SMALL])
@pytest.mark.parametrize("distances", [(), (0.5,), (0.99,), (0.5, 0.51), (3.0, 3.1), (0.5, 0.5, 0.7, 1, 2, 3)])
def test_every_outcome_has_its_page(distances: tuple[float, ...], poor: Reason | None) -> None:
    record = invented("somebody", poor, distances)
    explanation = explain_visit(record, None)
    tags = Tags(page([explanation]))
    sentence = explanation.sentence
    assert sentence[1:] in tags.words
    assert tags.seen["img"] == 1
    rows = sum(name == "class" and value == "row" for name, value in tags.attributes)
    assert rows == min(5, len(distances))


def test_names_are_escaped(tmp_path: Path) -> None:
    record = invented(NASTY, None, (0.5, 0.6))
    named = record.named
    assert named is not None
    record = VisitRecord(**{**record.__dict__, "camera": NASTY, "corrections": (Correction(NOON, named, HOME),)})
    text = page([explain_visit(record, None)])
    tags = Tags(text)
    assert tags.seen["script"] == 0 and "<script" not in text
    assert tags.words.lower().count(NASTY.lower()) >= 5


def test_a_picture_is_explained_without_records(
    collection: Path, portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, out = tmp_path / "two.png", tmp_path / "why.html"
    both = [Image.open(portraits / name).resize((300, 400)) for name in ("obama2.jpg", "biden.jpg")]
    side_by_side = Image.new("RGB", (600, 400))
    for number, one in enumerate(both):
        side_by_side.paste(one, (300 * number, 0))
    side_by_side.save(picture)
    faces = explain(capsys, str(picture), "--collection", str(collection), "--html", str(out))
    assert len(faces) == 2
    assert all(face["image"] == str(picture) and face["events"] == [] for face in faces)
    assert Tags(out.read_text(encoding="utf-8")).seen["img"] == 2
    stricter = explain(capsys, str(picture), "--collection", str(collection), "--false-alarm-rate", "0.001")
    wide, strict = (one[0]["looks"][0]["grounds"]["nearest"][0]["threshold"] for one in (faces, stricter))
    assert strict < wide


def test_a_picture_without_faces(collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, out = tmp_path / "blank.png", tmp_path / "why.html"
    Image.new("RGB", (200, 200), "white").save(picture)
    assert main(["explain", str(picture), "--collection", str(collection), "--html", str(out)]) == 0
    output = capsys.readouterr()
    assert output.out == "" and "no face was found" in output.err
    assert "No face was found" in Tags(out.read_text(encoding="utf-8")).words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ffffffff"], "it never was or has expired"),
        (["nowhere.jpg", "--collection", "people"], "there is no picture at nowhere.jpg"),
        (["text.jpg"], "name the people to compare it with, with --collection PLACE"),
        (["text.jpg", "--collection", "people"], "this is not a picture that can be read"),
        (["ffffffff", "--state", "nowhere"], "no visit is kept in"),
        (["--state", "."], "is damaged"),
    ],
)
def test_wrong_use_is_one_sentence(
    arguments: list[str], message: str, places: Path, watched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--state", str(watched), *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == "" and message in output.err
    assert output.err.startswith("argus: ") and output.err.count("\n") == 1


@pytest.fixture
def places(collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: with a collection, a damaged records file, and words that are called a picture."""
    (tmp_path / "text.jpg").write_text("words")
    (tmp_path / RECORDS_FILE).write_text("no database" * 500)
    (tmp_path / "people").symlink_to(collection)
    monkeypatch.chdir(tmp_path)
    return tmp_path
