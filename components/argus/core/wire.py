"""Messages between devices and cloud as JSON: dataclasses that are written and read by what they declare.

Theory of operation: :func:`encode_message` writes compact UTF-8 JSON; :func:`decode_message` accepts what that wrote,
ignores keys it does not know (a newer sender may have more), takes the default of a field that is missing (an older
sender, or what was stored before, may have fewer), and refuses everything else with an EventError that names the key.
Fields are booleans, numbers, texts, times (aware UTC), literals, dataclasses, tuples, dictionaries of texts, and any of
these or None.
"""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal, TypeVar

from argus.core.errors import EventError

T = TypeVar("T")

MAX_MESSAGE_BYTES = 6000
"""What fits with base64 and its envelope into the nucleus's 10,000-byte message."""

MAX_INBOUND_BYTES = 4500
"""For what is sent to a device: nucleus lite drops messages from the cloud of about 4,960 bytes and more, silently."""

_LARGEST_NUMBER = 2**53
"""Beyond it JSON numbers are not the same everywhere (RFC 8259, section 6); NaN is not below it either."""


def encode_message(message: object, *, what: str, limit: int = MAX_MESSAGE_BYTES) -> bytes:
    """A dataclass as compact UTF-8 JSON.

    Args:
        what: how errors call it.

    Raises:
        EventError: it would be larger than ``limit``.
    """
    data = json.dumps(message_value(message), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    _check_size(data, what, limit)
    return data


def decode_message(kind: type[T], data: bytes, *, what: str, limit: int = MAX_MESSAGE_BYTES) -> T:
    """The dataclass ``kind`` that :func:`encode_message` wrote.

    Raises:
        EventError: anything else; the message names what is wrong and never holds the payload.
    """
    _check_size(data, what, limit)
    try:
        document = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise EventError(f"not {_with_article(what)}: the payload is not JSON") from error
    message = _typed(kind, document, what)
    assert isinstance(message, kind)
    return message


def message_value(message: object) -> dict[str, Any]:
    """A dataclass as JSON-ready dictionaries, lists, strings and numbers."""
    plain = _plain(message)
    assert isinstance(plain, dict)
    return plain


def _check_size(data: bytes, what: str, limit: int) -> None:
    if len(data) > limit:
        raise EventError(
            f"{_with_article(what)} of {len(data)} bytes is over the limit of {limit}: shorten names and ids"
        )


def _with_article(what: str) -> str:
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        document = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        # The schema's name stands first, where a reader looks for it.
        return {"schema": document.pop("schema"), **document} if "schema" in document else document
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return dict(value)
    return round(value, 6) if isinstance(value, float) else value


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _typed(kind: Any, value: Any, path: str) -> Any:
    """``value`` as the annotated type ``kind``, or an EventError that names ``path``."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _typed(next(option for option in arguments if option is not type(None)), value, path)
    if origin is Literal:
        if value in arguments and isinstance(value, str):
            return value
        raise EventError(f"{path} must be one of {', '.join(arguments)}")
    if origin is tuple:
        return _tuple(arguments, value, path)
    if origin is dict:
        return _texts(value, path)
    return _object(kind, value, path) if is_dataclass(kind) else _scalar(kind, value, path)


def _tuple(kinds: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise EventError(f"{path} must be a list")
    if kinds[-1] is ...:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise EventError(f"{path} must be a list of {len(kinds)}")
    return tuple(_typed(kind, item, f"{path}[{at}]") for at, (kind, item) in enumerate(zip(kinds, value, strict=True)))


def _texts(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise EventError(f"{path} must be an object")
    return {_text(key, path): _scalar(str, item, path) for key, item in value.items()}


def _object(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise EventError(f"{path} must be an object")
    missing = sorted(field.name for field in fields(kind) if _is_required(field) and field.name not in value)
    if missing:
        raise EventError(f"{path} lacks {', '.join(missing)}")
    hints = _hints(kind).items()
    arguments = {name: _typed(hint, value[name], f"{path}.{name}") for name, hint in hints if name in value}
    try:
        return kind(**arguments)
    except ValueError as error:
        raise EventError(f"{path}: {error}") from error


def _is_required(field: Field[Any]) -> bool:
    """Without a default; the schema's name has one for who writes, and without it nobody knows what was written."""
    return field.name == "schema" or field.default is field.default_factory is MISSING


def _scalar(kind: Any, value: Any, path: str) -> Any:
    if kind is datetime:
        return _time(value, path)
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (kind is not bool and isinstance(value, bool)):
        raise EventError(f"{path} must be {kind.__name__}")
    if isinstance(value, str):
        return _text(value, path)
    if not abs(value) < _LARGEST_NUMBER:
        raise EventError(f"{path} must be a number under 2**53")
    return kind(value)


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        # JSON can escape half of a surrogate pair; UTF-8 cannot hold it.
        raise EventError(f"{path} must be Unicode text") from error
    return value


def _time(value: Any, path: str) -> datetime:
    try:
        # fromisoformat of Python 3.10 does not know the Z.
        parsed = datetime.fromisoformat(value.replace("Z", "+00:00"))
        if parsed.utcoffset() == timedelta(0):
            return parsed
    except (AttributeError, ValueError):
        pass
    raise EventError(f"{path} must be a time in UTC, such as 2024-05-01T12:00:00.000Z")
