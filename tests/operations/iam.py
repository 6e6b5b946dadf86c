"""What a policy of IAM or AWS IoT allows: as much of their rules as ours use. None of ours denies anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

KNOWN = {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}


def allows(policy: Mapping[str, Any], action: str, resource: str, variables: Mapping[str, str]) -> bool:
    """Whether ``policy`` allows ``action`` on ``resource`` to the one whom ``variables`` tell of.

    ``*`` stands for any characters, slashes too, and ``?`` for one; a variable's value stands for itself.
    """
    for statement in policy["Statement"]:
        assert set(statement) <= KNOWN
        assert statement["Effect"] == "Allow"
    return any(
        any(_covers(pattern, action, {}) for pattern in _list(statement["Action"]))
        and any(_covers(pattern, resource, variables) for pattern in _list(statement["Resource"]))
        for statement in policy["Statement"]
    )


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _covers(pattern: str, value: str, variables: Mapping[str, str]) -> bool:
    def expression(found: re.Match[str]) -> str:
        if found[1]:
            return re.escape(variables[found[1]])
        return {"*": ".*", "?": "."}.get(found[0]) or re.escape(found[0])

    return re.fullmatch(re.sub(r"\$\{([^}]+)\}|.", expression, pattern, flags=re.DOTALL), value, re.DOTALL) is not None
