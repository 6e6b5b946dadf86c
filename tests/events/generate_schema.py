"""Writes ``visit.schema.json``, the JSON Schema of the MQTT events, from the classes in argus.core.events.

usage: python tests/events/generate_schema.py [--check]

With ``--check`` nothing is written; the exit code is 1 when the file is not what would be.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import DataclassField, ModelField, TypedDictField

from argus.core.events import VisitEvent

SCHEMA_FILE = Path(__file__).with_name("visit.schema.json")


class EveryKey(GenerateJsonSchema):
    """Requires every key: an event holds them all, with or without a default."""

    def field_is_required(self, field: ModelField | DataclassField | TypedDictField, total: bool) -> bool:
        return True


def schema_text() -> str:
    schema = TypeAdapter(VisitEvent).json_schema(schema_generator=EveryKey, mode="serialization")
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        stale = not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text(encoding="utf-8") != schema_text()
        if stale:
            print(f"{SCHEMA_FILE.name} is stale: run python tests/events/{Path(__file__).name}", file=sys.stderr)
        return int(stale)
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
