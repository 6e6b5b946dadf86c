"""What the function `devices` is asked directly, and what it answers: the codec of both sides.

==================================================================== ==========================================
asked                                                                answered
==================================================================== ==========================================
``{"command": "snapshot", "thing": "hall-1", "arguments": {...},     a :class:`CommandState`
"command_id": "...", "wait_seconds": 90}``
``{"command": "state", "thing": "hall-1", "command_id": "..."}``     a :class:`CommandState`
``{"command": "forget", "thing": "hall-1"}``                         ``{"thing": ..., "forgotten": true|false}``
anything that cannot be done                                         ``{"error": "one sentence"}``
==================================================================== ==========================================

``arguments``, ``command_id`` and ``wait_seconds`` may be left out. Whoever gives a ``command_id`` may ask again with
the same words after a time-out: it is one command, however often it is asked for.

========== ============================================ =====================================================
state      is                                           and may become
========== ============================================ =====================================================
sending    written, and not known to be published       sent, not_sent, replied, not_delivered
sent       published, no reply yet                      replied, not_delivered
not_sent   AWS IoT did not take it; see ``message``     sent (asked again in time), replied, replied_late
replied    the device answered in time: see ``outcome``
not_delivered  no reply by the deadline                 replied (it was on its way), replied_late
replied_late   the device answered after the deadline   replied (a reply that came in time was on its way)
========== ============================================ =====================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from argus.core.command_arguments import check_arguments
from argus.core.commands import COMMANDS, Outcome
from argus.core.errors import EventError, UsageError
from argus.core.topics import segment, thing_name
from argus.core.wire import decode_message, message_value

State = Literal["sending", "sent", "not_sent", "replied", "not_delivered", "replied_late"]

UNSETTLED: tuple[State, ...] = ("sending", "sent")
"""Whoever waits for the reply asks again while the state is one of these."""

WAIT_SECONDS: Mapping[str, int] = {"sync": 150, "snapshot": 90, "log-level": 45, "preview": 45}
"""Until the deadline, unless the caller says otherwise: what the device takes at most, and the way there and back."""

LONGEST_WAIT_SECONDS = 86_400
_LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Order:
    """A command for a device; one that was checked, where :func:`decode_request` made it.

    Attributes:
        command_id: the caller's own; None: the function makes one.
        wait_seconds: until the deadline; None: WAIT_SECONDS.
    """

    thing: str
    name: str
    arguments: dict[str, str] = field(default_factory=dict)
    command_id: str | None = None
    wait_seconds: int | None = None


@dataclass(frozen=True)
class StateOf:
    """What became of a command?"""

    thing: str
    command_id: str


@dataclass(frozen=True)
class Forget:
    """A device is no more: nothing is kept of its status. It is known again when it says something."""

    thing: str


Request = Order | StateOf | Forget


@dataclass(frozen=True)
class CommandState:
    """What became of a command.

    Attributes:
        state: see above.
        asked_at, deadline: aware UTC, by the cloud's clock.
        outcome: what the device answered, in ``replied`` and ``replied_late``; else null.
        message: a sentence for people: the device's, or why it is ``not_sent``.
        result: the device's.
        replied_at: when the reply reached the cloud.
    """

    command_id: str
    thing: str
    command: str
    arguments: dict[str, str]
    state: State
    asked_at: datetime
    deadline: datetime
    outcome: Outcome | None
    message: str | None
    result: dict[str, str]
    replied_at: datetime | None
    schema: Literal["argus.command-state/1"] = "argus.command-state/1"


def encode_request(request: Request) -> bytes:
    """What the function is invoked with."""
    said: dict[str, Any] = {"thing": request.thing}
    if isinstance(request, Order):
        said |= {"command": request.name, "arguments": request.arguments}
        said |= {"command_id": request.command_id} if request.command_id is not None else {}
        said |= {"wait_seconds": request.wait_seconds} if request.wait_seconds is not None else {}
    elif isinstance(request, StateOf):
        said |= {"command": "state", "command_id": request.command_id}
    else:
        said |= {"command": "forget"}
    return json.dumps(said).encode()


def decode_request(event: object) -> Request:
    """What the function was invoked with.

    Raises:
        UsageError: it cannot be done.
        CommandRefused: there is such a command, and it takes other arguments.
    """
    if not isinstance(event, dict):
        raise UsageError("ask with an object, such as {'command': 'sync', 'thing': 'hall-1'}")
    command, thing = _text(event, "command"), _thing(event)
    if command == "forget":
        _only(event, "command", "thing")
        return Forget(thing)
    if command == "state":
        _only(event, "command", "thing", "command_id")
        return StateOf(thing, _command_id(event))
    if command not in COMMANDS:
        known = ", ".join((*COMMANDS, "state", "forget"))
        raise UsageError(f"there is no command {command[:64]!r}: say one of {known}")
    _only(event, "command", "thing", "arguments", "command_id", "wait_seconds")
    arguments = event.get("arguments", {})
    if not isinstance(arguments, dict) or not all(isinstance(value, str) for value in arguments.values()):
        raise UsageError("arguments must be an object of texts")
    check_arguments(command, arguments)
    return Order(thing, command, arguments, _command_id(event) if "command_id" in event else None, _wait(event))


def encode_answer(answer: CommandState) -> dict[str, Any]:
    """What the function returns."""
    return message_value(answer)


def decode_answer(payload: bytes) -> CommandState:
    """What the function returned for a command, or for the state of one.

    Raises:
        UsageError: it cannot be done; the message is the function's.
        EventError: it is no such answer.
    """
    _raise_error(payload)
    return decode_message(CommandState, payload, what="answer", limit=_LARGEST_ANSWER)


def decode_forgotten(payload: bytes) -> bool:
    """Whether there was a device to forget; raises as :func:`decode_answer` does."""
    document = _raise_error(payload)
    if not isinstance(document.get("forgotten"), bool):
        raise EventError("not an answer: it does not say whether something was forgotten")
    return bool(document["forgotten"])


def _raise_error(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError as error:
        raise EventError("not an answer: it is not JSON") from error
    if not isinstance(document, dict):
        raise EventError("not an answer: it is not an object")
    if "error" in document:
        raise UsageError(str(document["error"]))
    return document


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"say {name}, as text: {{'command': 'sync', 'thing': 'hall-1'}}")
    return value


def _thing(event: Mapping[str, Any]) -> str:
    try:
        return thing_name(_text(event, "thing"))
    except ValueError as error:
        raise UsageError(str(error)) from error


def _command_id(event: Mapping[str, Any]) -> str:
    try:
        return segment(_text(event, "command_id"), "command_id")
    except ValueError as error:
        raise UsageError(str(error)) from error


def _wait(event: Mapping[str, Any]) -> int | None:
    wait = event.get("wait_seconds")
    if wait is None:
        return None
    if type(wait) is not int or not 1 <= wait <= LONGEST_WAIT_SECONDS:
        raise UsageError(f"wait_seconds must be a whole number from 1 to {LONGEST_WAIT_SECONDS}")
    return wait


def _only(event: Mapping[str, Any], *names: str) -> None:
    if strange := sorted(event.keys() - set(names)):
        shown = ", ".join(str(name)[:64] for name in strange[:5])
        raise UsageError(f"{event['command']} does not know {shown}: it takes {', '.join(names)}")
