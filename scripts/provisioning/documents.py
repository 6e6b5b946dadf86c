"""The policies of ``recipes/policies``, filled in for an account."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OPEN = re.compile("<([A-Z_]+)>")
"""What a policy leaves open; ``${...}`` is AWS's own, and is resolved for each device when it asks."""

Document = dict[str, Any]


def document(root: Path, name: str, values: Mapping[str, str]) -> Document:
    """The policy ``recipes/policies/<name>.json`` with ``values`` for what it leaves open.

    Raises:
        KeyError: it leaves something open that ``values`` does not have.
    """
    text = (root / "recipes" / "policies" / f"{name}.json").read_text(encoding="utf-8")
    filled: Document = json.loads(_OPEN.sub(lambda found: values[found[1]], text))
    return filled


def compact(policy: Document) -> str:
    """As AWS counts its length: without blanks."""
    return json.dumps(policy, separators=(",", ":"))
