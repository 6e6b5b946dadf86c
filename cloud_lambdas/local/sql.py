"""AWS IoT's SQL, as far as the template's rules use it; anything else is refused when a rule is loaded.

Known: ``SELECT`` of ``*``, fields of a JSON payload (``a.b``), text, numbers, and the functions of
:func:`_call`, each with ``AS``; ``FROM`` one topic filter; ``WHERE`` with comparisons, AND, OR and NOT.
"""

from __future__ import annotations

import base64
import json
import operator
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

import sqlglot
from sqlglot import expressions as e
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser as SqlParser

from argus.core.errors import UsageError

_SUBSTITUTION = re.compile(r"\$\{([^}]*)\}")


class _IotSql(Dialect):
    """Every function is read as it is written: sqlglot's own meanings of ``timestamp`` and others are not AWS IoT's."""

    class Parser(SqlParser):
        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS: ClassVar = {}
        NO_PAREN_FUNCTIONS: ClassVar = {}


class RuleError(Exception):
    """A rule cannot do what it says with this message; its error action is told."""


@dataclass(frozen=True)
class Message:
    """What came from the broker, and when (milliseconds since 1970)."""

    topic: str
    payload: bytes
    at_ms: int

    def decoded(self) -> Any:
        """The payload's JSON; raises RuleError where it is none."""
        try:
            return json.loads(self.payload)
        except (ValueError, RecursionError) as error:
            raise RuleError("the payload is not JSON") from error


Value = Callable[[Message], Any]
"""What an expression is of a message; None stands for undefined."""


@dataclass(frozen=True)
class Statement:
    """A rule's statement, ready for messages.

    Attributes:
        topic_filter: of the subscription that feeds it.
    """

    topic_filter: str
    _columns: tuple[tuple[str | None, Value], ...]
    _where: Value | None

    def apply(self, message: Message) -> bytes | None:
        """The outgoing payload; None where the rule does not want the message; raises RuleError."""
        if self._where is not None and self._where(message) is not True:
            return None
        if [name for name, _ in self._columns] == [None]:
            return message.payload
        outgoing: dict[str, Any] = {}
        for name, value in self._columns:
            found = value(message)
            if name is not None:
                outgoing |= {name: found} if found is not None else {}
            elif isinstance(found, dict):
                outgoing |= found
            else:
                raise RuleError("* beside other columns needs a JSON object")
        return json.dumps(outgoing, separators=(",", ":")).encode()


def parse_statement(sql: str) -> Statement:
    """Reads a statement; raises UsageError for what is not known here."""
    tree = _parse(sql, sql)
    if not isinstance(tree, e.Select):
        raise _unknown(sql, tree)
    parts = {name for name, part in tree.args.items() if part}
    if extra := parts - {"expressions", "from", "from_", "where", "kind"}:
        raise UsageError(f"the local cloud does not know {', '.join(sorted(extra))} in the rule {sql!r}")
    table = tree.find(e.From)
    if table is None or not isinstance(table.this, e.Table) or table.this.alias:
        raise UsageError(f"the rule {sql!r} needs FROM and one topic filter")
    columns = tuple((_name(column, sql), _value(column.unalias(), sql)) for column in tree.expressions)
    where = tree.args.get("where")
    return Statement(table.this.name, columns, _value(where.this, sql) if where else None)


def parse_substitutions(text: str) -> Callable[[Message], str]:
    """Reads a text with ``${expression}`` in it; raises UsageError for what is not known here."""
    parts = _SUBSTITUTION.split(text)  # text and expressions, by turns
    values = [_value(_parse(f"SELECT {part}", text).expressions[0], text) for part in parts[1::2]]

    def fill(message: Message) -> str:
        found = [value(message) for value in values]
        if None in found:
            raise RuleError(f"a part of {text!r} is undefined for this message")
        filled = [str(value) for value in found] + [""]
        return "".join(before + value for before, value in zip(parts[0::2], filled, strict=True))

    return fill


def _parse(sql: str, whole: str) -> e.Expr:
    try:
        return sqlglot.parse_one(sql, read=_IotSql)
    except SqlglotError as error:
        first = str(error).partition("\n")[0]
        raise UsageError(f"{whole!r} is not AWS IoT's SQL: {first}") from error


def _name(column: e.Expr, sql: str) -> str | None:
    """Under which name a column goes out; None for ``*``."""
    if isinstance(column, e.Star):
        return None
    if column.alias or isinstance(column, e.Column):
        return column.alias_or_name
    raise UsageError(f"a column of the rule {sql!r} has no name: add AS")


def _value(tree: e.Expr, sql: str) -> Value:
    match tree:
        case e.Paren():
            return _value(tree.this, sql)
        case e.Star():
            return Message.decoded
        case e.Literal():
            return _constant(tree.this if tree.is_string else json.loads(tree.this))
        case e.Boolean():
            return _constant(bool(tree.this))
        case e.Column():
            path = [part.name for part in tree.parts]
            return lambda message: _field(message, path)
    return _operation(tree, sql)


def _constant(value: object) -> Value:
    return lambda message: value


def _operation(tree: e.Expr, sql: str) -> Value:
    match tree:
        case e.And():
            left, right = _value(tree.left, sql), _value(tree.right, sql)
            return lambda message: left(message) is True and right(message) is True
        case e.Or():
            left, right = _value(tree.left, sql), _value(tree.right, sql)
            return lambda message: left(message) is True or right(message) is True
        case e.Not():
            inner = _value(tree.this, sql)
            return lambda message: inner(message) is False
        case e.EQ() | e.NEQ() | e.GT() | e.GTE() | e.LT() | e.LTE():
            return _comparison(_value(tree.left, sql), _value(tree.right, sql), _COMPARISONS[type(tree)])
    return _call(tree, sql)


_COMPARISONS: Mapping[type[e.Expr], Callable[[Any, Any], bool]] = {
    e.EQ: operator.eq,
    e.NEQ: operator.ne,
    e.GT: operator.gt,
    e.GTE: operator.ge,
    e.LT: operator.lt,
    e.LTE: operator.le,
}


def _comparison(left: Value, right: Value, compare: Callable[[Any, Any], bool]) -> Value:
    """True or false of values of one kind; undefined of others, so that the rule does not want the message."""

    def value(message: Message) -> bool | None:
        a, b = left(message), right(message)
        alike = type(a) is type(b) or (_is_number(a) and _is_number(b))
        return compare(a, b) if alike and a is not None else None

    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _call(tree: e.Expr, sql: str) -> Value:
    """A function; its arguments are constants but for encode's ``*`` and parse_time's moment."""
    if not isinstance(tree, e.Anonymous):
        raise _unknown(sql, tree)
    arguments = tree.expressions
    texts = [item.name if isinstance(item, e.Literal) else None for item in arguments]
    match tree.name.lower(), texts:
        case "topic", []:
            return lambda message: message.topic
        case "topic", [str(position)] if position.isdigit() and int(position) > 0:
            return lambda message: _segment(message.topic, int(position))
        case "timestamp", []:
            return lambda message: message.at_ms
        case "newuuid", []:
            return lambda message: str(uuid.uuid4())
        case "encode", [None, "base64"] if isinstance(arguments[0], e.Star):
            return lambda message: base64.b64encode(message.payload).decode()
        case "parse_time", [str(pattern), _]:
            return _time_text(pattern, _value(arguments[1], sql), sql)
    raise _unknown(sql, tree)


def _segment(topic: str, position: int) -> str | None:
    parts = topic.split("/")
    return parts[position - 1] if position <= len(parts) else None


_TIME_FIELDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_TIME_PATTERN = re.compile("|".join(_TIME_FIELDS))


def _time_text(pattern: str, at_ms: Value, sql: str) -> Value:
    """``parse_time``: Joda-Time's patterns, of the fields in :data:`_TIME_FIELDS`, in UTC."""
    if re.search("[a-zA-Z]", _TIME_PATTERN.sub("", pattern)):
        raise UsageError(f"the local cloud does not know the pattern {pattern!r} in {sql!r}")
    wanted = _TIME_PATTERN.sub(lambda found: _TIME_FIELDS[found[0]], pattern.replace("%", "%%"))
    return lambda message: datetime.fromtimestamp(at_ms(message) / 1000, timezone.utc).strftime(wanted)


def _field(message: Message, path: list[str]) -> Any:
    found = message.decoded()
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _unknown(sql: str, tree: e.Expr) -> UsageError:
    return UsageError(
        f"the local cloud does not know {tree.sql()!r} in the rule {sql!r}: see cloud_lambdas/local/sql.py"
    )
