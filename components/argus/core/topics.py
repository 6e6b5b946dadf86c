"""The only place where an MQTT topic is spelled.

The kind stands before the names, so that no thing or camera can be mistaken for a kind.
"""

from __future__ import annotations

import re

ROOT = "argus/v1"
EVENT_KINDS = ("match", "unknown", "left")

_THING_LENGTH = 128
"""What AWS IoT allows for a thing's name."""

_NAME_LENGTH = 64
"""For the other names, so that the longest topic stays under AWS IoT's 256 bytes."""

_CHARACTERS = re.compile(r"[a-zA-Z0-9:_-]+")
"""What AWS IoT allows in a thing's name; the same for cameras, collections and commands."""


def segment(name: str, what: str, longest: int = _NAME_LENGTH) -> str:
    """``name`` when it may stand in a topic.

    Raises:
        ValueError: it is empty, too long or holds a character that may not stand there.
    """
    if len(name) > longest or not _CHARACTERS.fullmatch(name):
        raise ValueError(f"a {what} has 1 to {longest} letters, digits and ':_-', not {name!r}")
    return name


def thing_name(name: str) -> str:
    """``name`` when a device may be called so; see :func:`segment`."""
    return segment(name, "thing name", _THING_LENGTH)


def visit_event(kind: str, thing: str, camera: str) -> str:
    """Where the event of a visit goes; ``kind`` is one of EVENT_KINDS."""
    if kind not in EVENT_KINDS:
        raise ValueError(f"no such kind of event: {kind!r}")
    return f"{ROOT}/{kind}/{thing_name(thing)}/{segment(camera, 'camera id')}"


def parse_visit_event(topic: str) -> tuple[str, str, str]:
    """Kind, thing and camera of a topic that :func:`visit_event` made.

    Raises:
        ValueError: it is another topic.
    """
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT:
        raise ValueError(f"an event's topic is {ROOT}/<kind>/<thing>/<camera>, not {topic[:256]!r}")
    kind, thing, camera = parts[2:]
    visit_event(kind, thing, camera)  # what refuses other kinds and names
    return kind, thing, camera


def status(thing: str) -> str:
    """The device's heartbeat."""
    return f"{ROOT}/status/{thing_name(thing)}"


def parse_status(topic: str) -> str:
    """The thing of a topic that :func:`status` made.

    Raises:
        ValueError: it is another topic.
    """
    return thing_name(_names(topic, "status", ("thing",))[0])


def acknowledgement(thing: str) -> str:
    """Where the cloud acknowledges event ids."""
    return f"{ROOT}/ack/{thing_name(thing)}"


def command(thing: str, name: str) -> str:
    """A command to a device; its answer goes to :func:`reply`."""
    return f"{ROOT}/command/{thing_name(thing)}/{segment(name, 'command')}"


def commands(thing: str) -> str:
    """The filter of all commands to a device."""
    return f"{ROOT}/command/{thing_name(thing)}/+"


def reply(thing: str, name: str) -> str:
    """A device's answer to a command."""
    return f"{ROOT}/reply/{thing_name(thing)}/{segment(name, 'command')}"


def parse_reply(topic: str) -> tuple[str, str]:
    """Thing and command of a topic that :func:`reply` made.

    Raises:
        ValueError: it is another topic.
    """
    thing, name = _names(topic, "reply", ("thing", "command"))
    return thing_name(thing), segment(name, "command")


def collection_head(collection: str) -> str:
    """A collection's newest head (retained)."""
    return f"{ROOT}/head/{segment(collection, 'collection id')}"


def canary(thing: str) -> str:
    """What a device tells itself, to hear whether it still hears."""
    return f"{ROOT}/canary/{thing_name(thing)}"


def _names(topic: str, kind: str, names: tuple[str, ...]) -> list[str]:
    """What stands in a topic of that kind where ``names`` say."""
    parts = topic.split("/")
    beginning = [*ROOT.split("/"), kind]
    if len(parts) != len(beginning) + len(names) or parts[: len(beginning)] != beginning:
        wanted = "/".join([*beginning, *(f"<{name}>" for name in names)])
        raise ValueError(f"the topic is {wanted}, not {topic[:256]!r}")
    return parts[len(beginning) :]


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to ``topic_filter`` (with ``+`` and ``#``, as in MQTT) gets what goes to ``topic``."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted, given = wanted[:-1], given[: len(wanted) - 1]
    return len(wanted) == len(given) and all(want in ("+", part) for want, part in zip(wanted, given, strict=True))
