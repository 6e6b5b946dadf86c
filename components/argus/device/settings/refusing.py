"""Why a configuration is refused, in sentences for whoever wrote it: each names its key and shows no password."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import Interval
from pydantic_core import ErrorDetails

from argus.core.errors import ArgusError
from argus.device.adapters.redact import redact_text
from argus.device.settings.model import Settings

_SHOWN = 40
"""Characters of a wrong value."""

_PLAIN_KEY = re.compile(r"[\w:-]{1,64}", re.ASCII)

_NUMERIC = re.compile("(float|int|greater|less|finite)_")


class SettingsRefused(ArgusError):
    """A configuration that is not used; ``errors`` are all that was found, each with the path of its key."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__(f"the configuration is refused; correct and deploy it again: {'; '.join(errors)}")
        self.errors = tuple(errors)


def path_of(steps: Sequence[str | int]) -> str:
    """``("cameras", 1, "rate")`` -> ``cameras[1].rate``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in steps)
    return text.removeprefix(".") or "the configuration"


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else _short(name)


def what_is_wrong(error: ErrorDetails) -> str:
    """What one value of a configuration has to be; see pydantic's "Validation errors" for the types of ``error``."""
    kind, value, steps = error["type"], error["input"], error["loc"]
    if kind == "value_error":
        return redact_text(str(error["ctx"]["error"]))
    if kind == "missing":
        return "must be given"
    if kind == "unexpected_keyword_argument":
        return f"is unknown{_nearest(steps)}"
    if kind == "too_long":
        return f"must have {error['ctx']['max_length']} entries, not {error['ctx']['actual_length']}"
    wanted = _wanted(kind, steps)
    return f"must be {wanted}, not {shown(value)}" if wanted else error["msg"]


def _wanted(kind: str, steps: Sequence[str | int]) -> str | None:
    declared = _declared(steps)
    if _NUMERIC.match(kind):
        number, *rules = _annotations(declared)
        limits = next((rule for rule in rules if isinstance(rule, Interval)), Interval())
        return f"a {'whole number' if number is int else 'number'}{_range(limits)}"
    if kind == "literal_error":
        return f"one of {', '.join(get_args(declared))}"
    names = {"bool": "true or false", "string": "text", "tuple": "a list", "dataclass": "an object"}
    return names.get(kind.partition("_")[0])


def _range(limits: Interval) -> str:
    if limits.ge is not None:
        return f" from {limits.ge} to {limits.le}"
    return f" above {limits.gt} and " + (f"below {limits.lt}" if limits.lt is not None else f"at most {limits.le}")


def _nearest(steps: Sequence[str | int]) -> str:
    known = list(get_type_hints(_annotations(_declared(steps[:-1]))[0]))
    close = difflib.get_close_matches(str(steps[-1]), known, n=1)
    return f": did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"


def _declared(steps: Sequence[str | int]) -> Any:
    """What :class:`Settings` declares at a path."""
    declared: Any = Settings
    for step in steps:
        kind = _annotations(declared)[0]
        declared = get_type_hints(kind, include_extras=True)[str(step)] if is_dataclass(kind) else get_args(kind)[0]
    return declared


def _annotations(declared: Any) -> tuple[Any, ...]:
    return get_args(declared) if get_origin(declared) is Annotated else (declared,)


def shown(value: object) -> str:
    """A wrong value in a message: short, on one line, without secrets."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return _short(redact_text(value)) if isinstance(value, str) else _short(value)


def _short(value: object) -> str:
    text = json.dumps(value, default=str).replace('"', "'")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
