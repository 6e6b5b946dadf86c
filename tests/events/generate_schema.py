"""Writes ``*.schema.json``, the JSON Schemas of the MQTT messages, from the classes in argus.core.

usage: python tests/events/generate_schema.py [--check]

With ``--check`` nothing is written; the exit code is 1 when a file is not what would be.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import DataclassField, ModelField, TypedDictField

from argus.core.acknowledgement import Acknowledgement
from argus.core.commands import Command, Reply
from argus.core.events import VisitEvent
from argus.core.status import DeviceStatus

FOLDER = Path(__file__).parent
SCHEMA_FILE = FOLDER / "visit.schema.json"

MESSAGES: dict[str, type] = {
    "visit": VisitEvent,
    "status": DeviceStatus,
    "acknowledgement": Acknowledgement,
    "command": Command,
    "reply": Reply,
}


class EveryKey(GenerateJsonSchema):
    """Requires every key: a message holds them all, with or without a default."""

    def field_is_required(self, field: ModelField | DataclassField | TypedDictField, total: bool) -> bool:
        return True


def schema_text(kind: type = VisitEvent) -> str:
    schema = TypeAdapter(kind).json_schema(schema_generator=EveryKey, mode="serialization")
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = 0
    for name, kind in MESSAGES.items():
        path = FOLDER / f"{name}.schema.json"
        if not arguments:
            path.write_text(schema_text(kind), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != schema_text(kind):
            print(f"{path.name} is stale: run python tests/events/{Path(__file__).name}", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
