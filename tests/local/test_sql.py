"""The rules' SQL: what it makes of a message, and what it refuses when it is read."""

from __future__ import annotations

import json
import re

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.local.sql import Message, RuleError, parse_statement, parse_substitutions

SEEN = Message("argus/v1/match/hall/door", b'{"kind":"match","device":{"n":3,"on":true}}', 1_700_000_000_123)


def made(sql: str, message: Message = SEEN) -> object:
    outgoing = parse_statement(sql).apply(message)
    return outgoing if outgoing is None else json.loads(outgoing)


def test_a_star_alone_hands_on_any_bytes() -> None:
    statement = parse_statement("SELECT * FROM 'argus/v1/match/+/+'")
    assert statement.topic_filter == "argus/v1/match/+/+"
    assert statement.apply(Message("a", b"\xff\x00", 0)) == b"\xff\x00"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("topic() AS t", {"t": "argus/v1/match/hall/door"}),
        ("topic(4) AS thing, topic(9) AS none", {"thing": "hall"}),
        ("timestamp() AS at", {"at": 1_700_000_000_123}),
        ("encode(*, 'base64') AS p", {"p": "eyJraW5kIjoibWF0Y2giLCJkZXZpY2UiOnsibiI6Mywib24iOnRydWV9fQ=="}),
        ("*, topic(4) AS thing", {"kind": "match", "device": {"n": 3, "on": True}, "thing": "hall"}),
        ("* AS all", {"all": {"kind": "match", "device": {"n": 3, "on": True}}}),
        ("kind, device.n AS n, 'x' AS text, 2 AS two, missing.deep AS m",
         {"kind": "match", "n": 3, "text": "x", "two": 2}),
        ("parse_time('yyyy-MM-dd HH:mm:ss', timestamp()) AS t", {"t": "2023-11-14 22:13:20"}),
    ],
)  # fmt: skip
def test_columns(columns: str, expected: object) -> None:
    assert made(f"SELECT {columns} FROM 'a/#'") == expected


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("kind = 'match'", True),
        ("kind <> 'match'", False),
        ("device.n > 2 AND device.n <= 3", True),
        ("device.n < 2 OR topic(4) = 'hall'", True),
        ("NOT (device.n = 3)", False),
        ("device.on = true", True),
        ("kind > 3", False),  # of two kinds
        ("missing = 3", False),
        ("NOT missing = 3", False),  # undefined, not false
    ],
)
def test_where(where: str, wanted: bool) -> None:
    assert (made(f"SELECT * FROM 'a' WHERE {where}") is not None) == wanted


def test_a_message_that_the_statement_cannot_read_fails_the_rule() -> None:
    with pytest.raises(RuleError, match="not JSON"):
        made("SELECT kind FROM 'a'", Message("a", b"\xff", 0))
    with pytest.raises(RuleError, match="needs a JSON object"):
        made("SELECT *, topic() AS t FROM 'a'", Message("a", b"[1]", 0))


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT clientid() AS c FROM 'a'", "clientid()"),
        ("SELECT encode(kind, 'base64') AS p FROM 'a'", "encode(kind, 'base64')"),
        ("SELECT topic(0) AS t FROM 'a'", "topic(0)"),
        ("SELECT n + 1 AS m FROM 'a'", "n + 1"),
        ("SELECT * FROM 'a' WHERE kind LIKE 'm%'", "LIKE"),
        ("SELECT * FROM 'a' LIMIT 3", "limit"),
        ("SELECT DISTINCT kind FROM 'a'", "distinct"),
        ("SELECT *", "FROM"),
        ("SELECT topic() FROM 'a'", "add AS"),
        ("SELECT FROM WHERE", "not AWS IoT's SQL"),
        ("DELETE FROM a", "DELETE"),
        ("SELECT parse_time('EEE', timestamp()) AS t FROM 'a'", "EEE"),
    ],
)
def test_what_is_not_known_is_refused_when_it_is_read(sql: str, named: str) -> None:
    with pytest.raises(UsageError, match=f"(?i){re.escape(named)}"):
        parse_statement(sql)


def test_substitutions_in_a_text() -> None:
    assert parse_substitutions("plain")(SEEN) == "plain"
    assert (
        parse_substitutions("a/${topic(4)}/${parse_time('yyyy/MM', timestamp())}.json")(SEEN) == "a/hall/2023/11.json"
    )
    one, other = (parse_substitutions("${newuuid()}")(SEEN) for _ in range(2))
    assert len(one) == 36
    assert one != other
    with pytest.raises(RuleError, match="undefined"):
        parse_substitutions("${topic(9)}")(SEEN)
    with pytest.raises(UsageError, match=r"(?i)rand\(\)"):
        parse_substitutions("${rand()}")
