from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from argus.core.errors import EventError
from argus.core.events import (
    MAX_EVENT_BYTES,
    CollectionUsed,
    Device,
    Evidence,
    Span,
    VisitEvent,
    Who,
    decode,
    encode,
    to_json_value,
)
from tests.core.measures import NOON
from tests.events.generate_schema import FOLDER, SCHEMA_FILE, main, schema_text

GOLDEN_FILES = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".schema.json"))
VALIDATOR = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))

Keys = tuple[str | int, ...]


def golden(name: str) -> Any:
    return json.loads((SCHEMA_FILE.parent / f"{name}.json").read_text(encoding="utf-8"))


def compact(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


# The golden files and the schema.


def test_there_is_a_golden_file_of_every_kind() -> None:
    kinds = {decode(path.read_bytes()).kind for path in GOLDEN_FILES}
    assert kinds == {"match", "unknown", "uncertain", "left"}


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.stem)
def test_golden_files_are_read_and_written_again_byte_by_byte(path: Path) -> None:
    event = decode(path.read_bytes())
    assert encode(event) == compact(json.loads(path.read_text(encoding="utf-8")))
    assert decode(encode(event)) == event


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.stem)
def test_golden_files_fulfil_the_schema(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


def test_the_golden_match_is_what_it_says() -> None:
    event = decode((SCHEMA_FILE.parent / "match.json").read_bytes())
    first = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
    assert event.person == Who("zoe", "Zoë 佐藤 😀", "staff")
    assert event.span == Span(0, 31, first, first + timedelta(seconds=1.25))
    assert event.box_ltrb == (200, 100, 320, 220) and event.frame_size == (1280, 720)
    assert event.evidence == Evidence(4, 0.5, -0.25, -0.0625, 0.125, 0.01, 0.75, None)
    assert event.device == Device("hall-1", 1, "0b1e5e9c-3f0a-4c7e-9a53-2d5d1f8f4a10", 101.25, True)


def test_the_revised_match_names_the_unknown_that_it_replaces() -> None:
    unknown, revised = golden("unknown"), golden("match_revised")
    assert revised["revises"] == unknown["event_id"] and revised["visit_id"] == unknown["visit_id"]


def test_the_schema_is_the_one_of_the_classes() -> None:
    Draft202012Validator.check_schema(json.loads(schema_text()))
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run python tests/events/generate_schema.py"


def test_a_stale_schema_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    schema_file = tmp_path / "visit.schema.json"
    monkeypatch.setattr("tests.events.generate_schema.FOLDER", tmp_path)
    assert main(["--check"]) == 1 and not schema_file.exists()
    assert main([]) == 0 and main(["--check"]) == 0
    schema_file.write_text(schema_text().replace("integer", "number"), encoding="utf-8")
    assert main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err
    assert main(["--chekc"]) == 2


# There and back.

texts = st.text(max_size=20)
names = st.none() | texts
counts = st.integers(-(2**53) + 1, 2**53 - 1)
numbers = st.integers(-(10**12), 10**12).map(lambda millionths: millionths / 1e6)
times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(timezone.utc)).map(
    lambda when: when.replace(microsecond=when.microsecond // 1000 * 1000)
)
people = st.builds(Who, texts, texts, texts)
spans = st.builds(Span, counts, counts, times, times)
evidence = st.builds(
    Evidence, counts, *[st.none() | numbers] * 4, false_alarm_rate=numbers, quality=numbers, reason=names
)
shared = {
    "event_id": texts,
    "visit_id": texts,
    "revises": names,
    "camera": texts,
    "captured_at": times,
    "stranger_id": names,
    "span": spans,
    "box_ltrb": st.tuples(counts, counts, counts, counts),
    "frame_size": st.tuples(counts, counts),
    "evidence": evidence,
    "collection": st.builds(CollectionUsed, texts, texts, counts, texts),
    "device": st.builds(Device, texts, counts, texts, numbers, st.booleans()),
    "snapshot": names,
}
events = st.one_of(
    st.builds(VisitEvent, kind=st.just("match"), person=people, **shared),
    st.builds(VisitEvent, kind=st.sampled_from(["unknown", "uncertain"]), person=st.none(), **shared),
    st.builds(VisitEvent, kind=st.just("left"), person=st.none() | people, **shared),
)


@given(events)
def test_what_is_encoded_is_decoded_again_and_fulfils_the_schema(event: VisitEvent) -> None:
    data = encode(event)
    assert decode(data) == event
    assert json.loads(data) == to_json_value(event)
    VALIDATOR.validate(to_json_value(event))


def test_times_are_written_in_utc_and_numbers_to_six_places() -> None:
    event = decode(compact(golden("match")))
    summer_time = NOON.astimezone(timezone(timedelta(hours=2)))
    rough = dataclasses.replace(event.evidence, distance=1 / 3)
    document = to_json_value(dataclasses.replace(event, captured_at=summer_time, evidence=rough))
    assert document["captured_at"] == "2024-05-01T12:00:00.000Z"
    assert document["evidence"]["distance"] == 0.333333


def test_a_whole_number_may_stand_for_a_fraction() -> None:
    document = golden("match")
    document["evidence"]["distance"] = 1
    distance = decode(compact(document)).evidence.distance
    assert distance == 1 and isinstance(distance, float)


def test_unknown_keys_are_ignored() -> None:
    document = golden("match")
    expected = decode(compact(document))
    for inner in (document, document["person"], document["span"], document["evidence"], document["device"]):
        inner["mood"] = {"deep": [1, 2, 3]}
    assert decode(compact(document)) == expected


# What is refused.


def places(document: Any, at: Keys = ()) -> Iterator[Keys]:
    """Every key of the document, outer ones first."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield (*at, key)
        yield from places(value, (*at, key))


def get(document: Any, at: Keys) -> Any:
    for key in at:
        document = document[key]
    return document


def changed(document: Any, at: Keys, value: Any) -> Any:
    document = copy.deepcopy(document)
    get(document, at[:-1])[at[-1]] = value
    return document


def without(document: Any, at: Keys) -> Any:
    document = copy.deepcopy(document)
    del get(document, at[:-1])[at[-1]]
    return document


FULL = golden("match_revised")
FULL["stranger_id"] = "stranger-1"
FULL["evidence"].update(margin=0.125, reason="thin_margin")
NULLABLE = {
    "revises",
    "person",
    "stranger_id",
    "snapshot",
    "distance",
    "normalised_distance",
    "threshold",
    "margin",
    "reason",
}
WRONG: dict[type, list[Any]] = {
    str: [{}, [], 1, 1.5, True],
    bool: [{}, [], 1, 0, "true"],
    int: [{}, [], 1.5, True, "1"],
    float: [{}, [], True, "1"],
    dict: [[], 1, "x", True],
    list: [{}, [], [1] * 9, 1, "1234", True],
}


def dotted(at: Keys) -> str:
    """How an error names a key."""
    return "event" + "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in at)


LATER: dict[Keys, Any] = {("alert",): True, ("snapshot",): None}
"""Keys with a default, which holds for what was written without them."""


@pytest.mark.parametrize("at", LATER)
def test_what_was_written_without_a_key_has_its_default(at: Keys) -> None:
    document = without(FULL, at)
    assert get(json.loads(encode(decode(compact(document)))), at) == LATER[at]
    assert not VALIDATOR.is_valid(document)  # whoever writes today writes it


@pytest.mark.parametrize("at", [at for at in places(FULL) if at not in LATER], ids=dotted)
def test_a_missing_key_is_named(at: Keys) -> None:
    document = without(FULL, at)
    with pytest.raises(EventError) as caught:
        decode(compact(document))
    key = at[-1] if isinstance(at[-1], str) else at[-2]
    assert str(key) in str(caught.value) and dotted(at[:-1]) in str(caught.value)
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("at", list(places(FULL)), ids=dotted)
def test_a_value_of_a_wrong_type_is_named(at: Keys) -> None:
    wrong = WRONG[type(get(FULL, at))] + ([] if at[-1] in NULLABLE else [None])
    for value in wrong:
        document = changed(FULL, at, value)
        with pytest.raises(EventError) as caught:
            decode(compact(document))
        assert f"{dotted(at)} must be" in str(caught.value), value
        assert not VALIDATOR.is_valid(document), value


@pytest.mark.parametrize("key", sorted(NULLABLE))
def test_what_may_be_null_may_be_null(key: str) -> None:
    (at,) = [at for at in places(FULL) if at[-1] == key]
    document = changed(FULL, at, None)
    if key == "person":
        document["kind"] = "left"
    decode(compact(document))
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("kind",), "leave"),
        (("schema",), "argus.visit/2"),
        (("captured_at",), "yesterday"),
        (("captured_at",), "2024-05-01T12:00:00"),
        (("captured_at",), "2024-05-01T12:00:00+02:00"),
        (("captured_at",), "2024-13-01T12:00:00Z"),
        (("span", "first_seen_at"), ""),
        (("span", "first_frame"), 2**53),
        (("span", "first_frame"), -(10**300)),
        (("device", "monotonic_seconds"), 10**300),
        (("device", "monotonic_seconds"), 1e300),
        (("evidence", "quality"), float("nan")),
        (("evidence", "quality"), float("inf")),
        (("evidence", "margin"), float("-inf")),
    ],
)
def test_a_value_that_cannot_be_is_named(at: Keys, value: object) -> None:
    with pytest.raises(EventError, match=re.escape(f"{dotted(at)} must be")):
        decode(compact(changed(FULL, at, value)))


@pytest.mark.parametrize("kind", ["match", "unknown", "uncertain"])
def test_the_person_belongs_to_the_kind(kind: str) -> None:
    document = golden("unknown" if kind == "match" else "match") | {"kind": kind}
    with pytest.raises(EventError, match="names"):
        decode(compact(document))


def test_half_a_surrogate_pair_is_no_text() -> None:
    data = json.dumps(changed(FULL, ("person", "name"), "\ud800")).encode()
    with pytest.raises(EventError, match=r"event\.person\.name must be Unicode text"):
        decode(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig", "latin-1"])
def test_only_plain_utf_8_is_read(encoding: str) -> None:
    text = json.dumps(changed(FULL, ("person", "name"), "Zoë"), ensure_ascii=False)
    with pytest.raises(EventError):
        decode(text.encode(encoding))


def test_both_ways_the_size_is_limited() -> None:
    event = decode(compact(FULL))
    room = MAX_EVENT_BYTES - len(encode(event)) + len(event.camera)
    assert len(encode(dataclasses.replace(event, camera="c" * room))) == MAX_EVENT_BYTES
    with pytest.raises(EventError, match="over the limit"):
        encode(dataclasses.replace(event, camera="c" * (room + 1)))
    with pytest.raises(EventError, match="over the limit"):
        decode(compact(changed(FULL, ("camera",), "c" * (room + 1))))
    with pytest.raises(EventError, match="over the limit"):
        decode(b" " * (MAX_EVENT_BYTES + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"event"',
        b"[" * 6000,
        b'{"a":' * 1200,
        b"9" * 6000,
        b"-" * 6000,
        b"\xff\xfe",
        b"\0",
    ],
    ids=lambda data: ascii(data[:8]),
)
def test_hostile_bytes_are_an_event_error(data: bytes) -> None:
    with pytest.raises(EventError):
        decode(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=6,
)


def decodes_or_refuses(data: bytes) -> None:
    """Anything but an EventError fails the test; what is accepted can be written again."""
    try:
        event = decode(data)
    except EventError as error:
        assert "\n" not in str(error)
    else:
        assert decode(encode(event)).event_id == event.event_id


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_an_event_error(data: bytes) -> None:
    decodes_or_refuses(data)


@given(st.sampled_from(list(places(FULL))), json_values)
def test_any_value_at_any_key_is_an_event_or_an_event_error(at: Keys, value: object) -> None:
    decodes_or_refuses(json.dumps(changed(FULL, at, value)).encode())


@given(st.data())
def test_damaged_bytes_are_an_event_or_an_event_error(data: st.DataObject) -> None:
    damaged = bytearray(compact(FULL))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    decodes_or_refuses(bytes(damaged))


@given(st.sampled_from([at for at in places(FULL) if not isinstance(get(FULL, at), str)]))
def test_an_error_never_holds_the_payload(at: Keys) -> None:
    with pytest.raises(EventError) as caught:
        decode(compact(changed(FULL, at, "hush hush")))
    assert "hush" not in str(caught.value)
