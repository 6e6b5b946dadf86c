"""The messages beside the events: golden files, schemas, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from argus.core.acknowledgement import (
    MAX_EVENT_IDS,
    Acknowledgement,
    decode_acknowledgement,
    encode_acknowledgement,
)
from argus.core.commands import Command, decode_command, decode_reply, encode_command, encode_reply
from argus.core.errors import EventError
from argus.core.status import decode_status, encode_status
from argus.core.wire import MAX_INBOUND_BYTES
from tests.events.generate_schema import FOLDER, MESSAGES, schema_text

NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
GOLDEN_FILES = sorted((FOLDER / "messages").glob("*.json"))

CODECS: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    "acknowledgement": (encode_acknowledgement, decode_acknowledgement),
    "command": (encode_command, decode_command),
    "reply": (encode_reply, decode_reply),
    "status": (encode_status, decode_status),
}


def kind_of(path: Path) -> str:
    return path.stem.partition("_")[0]


def compact(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def test_there_is_a_golden_file_of_every_message() -> None:
    assert {kind_of(path) for path in GOLDEN_FILES} == CODECS.keys() == MESSAGES.keys() - {"visit"}


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.stem)
def test_golden_files_are_read_and_written_again_byte_by_byte(path: Path) -> None:
    encode, decode = CODECS[kind_of(path)]
    assert encode(decode(path.read_bytes())) == compact(json.loads(path.read_bytes()))


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.stem)
def test_golden_files_fulfil_their_schemas(path: Path) -> None:
    schema = json.loads((FOLDER / f"{kind_of(path)}.schema.json").read_bytes())
    Draft202012Validator(schema).validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_schemas_are_those_of_the_classes(name: str) -> None:
    written = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(MESSAGES[name]), "run python tests/events/generate_schema.py"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"arguments": {"minutes": 5}}, r"command\.arguments must be str"),
        ({"arguments": ["minutes"]}, r"command\.arguments must be an object"),
        ({"id": ""}, "1 to 64 characters"),
        ({"expires_at": "2024-05-01T12:00:00.000Z"}, "expires after"),
        ({"schema": "argus.command/2"}, r"command\.schema must be one of"),
    ],
)
def test_what_is_no_command_is_refused_by_name(change: dict[str, object], complaint: str) -> None:
    document = json.loads((FOLDER / "messages" / "command.json").read_bytes())
    with pytest.raises(EventError, match=complaint):
        decode_command(compact({**document, **change}))


def test_a_full_acknowledgement_is_under_the_limit_and_a_fuller_one_is_refused() -> None:
    ids = tuple(f"018f34a3-7c00-7000-8000-{number:012d}" for number in range(MAX_EVENT_IDS + 1))
    assert len(encode_acknowledgement(Acknowledgement(ids[:-1], NOON))) < MAX_INBOUND_BYTES
    for wrong in (ids, ()):
        with pytest.raises(ValueError, match="1 to 100"):
            Acknowledgement(wrong, NOON)
    with pytest.raises(EventError, match="1 to 100"):
        decode_acknowledgement(
            compact({"schema": "argus.ack/1", "event_ids": [], "acknowledged_at": "2024-05-01T12:00:00.000Z"})
        )


def test_a_list_of_something_else_is_refused_by_its_place() -> None:
    document = json.loads((FOLDER / "messages" / "status.json").read_bytes())
    document["cameras"][1]["frames_read"] = "many"
    with pytest.raises(EventError, match=r"status\.cameras\[1\]\.frames_read must be int"):
        decode_status(compact(document))
    with pytest.raises(EventError, match=r"status\.cameras must be a list"):
        decode_status(compact({**document, "cameras": {}}))


def test_what_was_written_before_a_field_was_there_has_its_default() -> None:
    document = json.loads((FOLDER / "messages" / "status.json").read_bytes())
    for name in ("part", "parts"):
        del document[name]
    del document["events"]["last_error"]
    status = decode_status(compact(document))
    assert (status.part, status.parts, status.events.last_error) == (1, 1, None)
    command = json.loads((FOLDER / "messages" / "command.json").read_bytes())
    assert decode_command(compact({name: value for name, value in command.items() if name != "arguments"})) == replace(
        decode_command(compact(command)), arguments={}
    )


@pytest.mark.parametrize("name", ["schema", "boot_id", "latency"])
def test_what_has_no_default_and_the_schemas_name_must_be_there(name: str) -> None:
    document = json.loads((FOLDER / "messages" / "status.json").read_bytes())
    with pytest.raises(EventError, match=f"status lacks {name}"):
        decode_status(compact({key: value for key, value in document.items() if key != name}))


def test_a_message_that_is_too_long_is_not_sent() -> None:
    command = Command("c-1", NOON, NOON + timedelta(seconds=30), {"camera": "x" * MAX_INBOUND_BYTES})
    with pytest.raises(EventError, match=r"a command of .* is over the limit"):
        encode_command(command)
