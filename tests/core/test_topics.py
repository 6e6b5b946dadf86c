from __future__ import annotations

import typing
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core import topics
from argus.core.events import Kind

LONGEST_TOPIC = 256
"""Bytes of a topic that AWS IoT takes; it takes at most seven slashes, too."""

characters = "abcXYZ019:_-"
things = st.text(characters, min_size=1, max_size=128)
names = st.text(characters, min_size=1, max_size=64)


def every_topic(thing: str, name: str) -> list[str]:
    return [
        *(topics.visit_event(kind, thing, name) for kind in topics.EVENT_KINDS),
        topics.status(thing),
        topics.acknowledgement(thing),
        topics.command(thing, name),
        topics.reply(thing, name),
        topics.collection_head(name),
        topics.canary(thing),
    ]


def test_the_topics_are_spelled_as_agreed() -> None:
    assert every_topic("hall-1", "door:2") == [
        "argus/v1/match/hall-1/door:2",
        "argus/v1/unknown/hall-1/door:2",
        "argus/v1/left/hall-1/door:2",
        "argus/v1/status/hall-1",
        "argus/v1/ack/hall-1",
        "argus/v1/command/hall-1/door:2",
        "argus/v1/reply/hall-1/door:2",
        "argus/v1/head/door:2",
        "argus/v1/canary/hall-1",
    ]


def test_every_kind_of_event_but_uncertain_has_a_topic() -> None:
    assert set(topics.EVENT_KINDS) == set(typing.get_args(Kind)) - {"uncertain"}


@given(things, names)
def test_no_two_topics_are_the_same(thing: str, name: str) -> None:
    spelled = every_topic(thing, name)
    assert len(set(spelled)) == len(spelled)


def test_the_longest_names_fit_aws_iot() -> None:
    for topic in every_topic("t" * 128, "n" * 64):
        assert len(topic.encode()) <= LONGEST_TOPIC
        assert topic.count("/") <= 7


BAD_NAMES = ["", "a/b", "a+", "#", "$aws", "é", "a b", "a\n", "a\0", "\ud800", "."]


@pytest.mark.parametrize("name", [*BAD_NAMES, "n" * 65], ids=lambda name: ascii(name)[:12])
@pytest.mark.parametrize(
    "spell",
    [
        lambda name: topics.visit_event("match", "thing", name),
        lambda name: topics.command("thing", name),
        lambda name: topics.reply("thing", name),
        topics.collection_head,
    ],
)
def test_a_name_that_cannot_stand_in_a_topic_is_refused(spell: Callable[[str], str], name: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 letters"):
        spell(name)


@pytest.mark.parametrize("thing", [*BAD_NAMES, "t" * 129], ids=lambda name: ascii(name)[:12])
@pytest.mark.parametrize(
    "spell",
    [
        lambda thing: topics.visit_event("match", thing, "camera"),
        topics.status,
        topics.acknowledgement,
        lambda thing: topics.command(thing, "open"),
        lambda thing: topics.reply(thing, "open"),
    ],
)
def test_a_thing_that_cannot_stand_in_a_topic_is_refused(spell: Callable[[str], str], thing: str) -> None:
    with pytest.raises(ValueError, match="1 to 128 letters"):
        spell(thing)


@pytest.mark.parametrize("kind", ["", "status", "Match", "match/x", "uncertain"])
def test_an_event_of_no_kind_has_no_topic(kind: str) -> None:
    with pytest.raises(ValueError, match="no such kind"):
        topics.visit_event(kind, "thing", "camera")


def test_the_names_in_an_events_topic_are_read_back() -> None:
    assert topics.parse_visit_event(topics.visit_event("left", "hall-1", "cam:2")) == ("left", "hall-1", "cam:2")


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "argus/v1/match/hall-1",
        "argus/v1/match/hall-1/door/more",
        "argus/v2/match/hall-1/door",
        "argus/v1/status/hall-1/door",
        "argus/v1/match//door",
        "argus/v1/match/hall 1/door",
        "argus/v1/match/hall-1/" + "d" * 65,
    ],
)
def test_other_topics_are_no_events(topic: str) -> None:
    with pytest.raises(ValueError, match=r"not|no such kind"):
        topics.parse_visit_event(topic)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("argus/v1/ack/a", "argus/v1/ack/a", True),
        ("argus/v1/ack/a", "argus/v1/ack/b", False),
        ("argus/v1/command/a/+", "argus/v1/command/a/sync", True),
        ("argus/v1/command/a/+", "argus/v1/command/a", False),
        ("argus/v1/command/a/+", "argus/v1/command/a/sync/now", False),
        ("argus/v1/+/a/sync", "argus/v1/command/a/sync", True),
        ("argus/v1/head/#", "argus/v1/head/staff", True),
        ("argus/v1/head/#", "argus/v1/head", True),
        ("argus/v1/head/#", "argus/v1", False),
        ("#", "anything/at/all", True),
    ],
)
def test_topic_filters(topic_filter: str, topic: str, expected: bool) -> None:
    assert topics.matches(topic_filter, topic) is expected


def test_the_filter_of_commands_takes_every_command_to_that_device_and_nothing_else() -> None:
    assert topics.matches(topics.commands("hall-1"), topics.command("hall-1", "sync"))
    for other in (topics.command("hall-2", "sync"), topics.reply("hall-1", "sync"), topics.status("hall-1")):
        assert not topics.matches(topics.commands("hall-1"), other)


@given(things, names)
def test_what_is_spelled_is_read_again(thing: str, name: str) -> None:
    assert topics.parse_status(topics.status(thing)) == thing
    assert topics.parse_reply(topics.reply(thing, name)) == (thing, name)


@pytest.mark.parametrize(
    "topic",
    ["", "argus/v1/status", "argus/v1/status/a/b", "argus/v2/status/hall", "argus/v1/reply/hall", "argus/v1/ack/hall",
     "argus/v1/status/h%20", "argus/v1/reply/hall/", "argus/v1/reply//sync"],
)  # fmt: skip
def test_other_topics_are_neither_statuses_nor_replies(topic: str) -> None:
    with pytest.raises(ValueError):
        topics.parse_status(topic)
    with pytest.raises(ValueError):
        topics.parse_reply(topic)
