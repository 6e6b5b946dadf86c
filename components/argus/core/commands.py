"""Commands to a device, and its answers.

A command has a time after which nobody waits for its answer any more: whoever sent it then says "not delivered", and
a device that gets it later does not carry it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from argus.core.errors import ArgusError
from argus.core.wire import MAX_INBOUND_BYTES, decode_message, encode_message

COMMANDS = ("sync", "snapshot", "log-level", "preview")
"""What a device understands; the name stands in the topic."""

Outcome = Literal["done", "failed", "refused", "unknown", "malformed", "late"]


class CommandRefused(ArgusError):
    """A command has wrong arguments, or cannot be carried out as things are."""


@dataclass(frozen=True)
class Command:
    """What a device is asked to do.

    Attributes:
        id: chosen by the sender, who finds the reply by it; carried out once, however often it arrives.
        sent_at, expires_at: aware UTC, by the sender's clock.
        arguments: see the documentation of each command.
    """

    id: str
    sent_at: datetime
    expires_at: datetime
    arguments: dict[str, str] = field(default_factory=dict)
    schema: Literal["argus.command/1"] = "argus.command/1"

    def __post_init__(self) -> None:
        if not 0 < len(self.id) <= 64:
            raise ValueError("a command's id has 1 to 64 characters")
        if self.expires_at <= self.sent_at:
            raise ValueError("a command expires after it was sent")


@dataclass(frozen=True)
class Reply:
    """What became of a command.

    Attributes:
        command_id: whose reply it is; null when the command was so malformed that it had no readable id.
        outcome: ``done``; ``failed`` (tried, see the message); ``refused`` (bad arguments, or not now); ``unknown``
            (no such command); ``malformed`` (not a command's JSON); ``late`` (it had expired).
        message: one sentence for people; null when there is nothing to add.
        result: what was asked for.
        replied_at: aware UTC, by the device's clock.
    """

    command_id: str | None
    outcome: Outcome
    message: str | None
    replied_at: datetime
    result: dict[str, str] = field(default_factory=dict)
    schema: Literal["argus.reply/1"] = "argus.reply/1"


def encode_command(command: Command) -> bytes:
    """The command as compact UTF-8 JSON; raises EventError when it is too large."""
    return encode_message(command, what="command", limit=MAX_INBOUND_BYTES)


def decode_command(data: bytes) -> Command:
    """What :func:`encode_command` wrote; raises EventError for anything else."""
    return decode_message(Command, data, what="command")


def encode_reply(reply: Reply) -> bytes:
    """The reply as compact UTF-8 JSON; raises EventError when it is too large."""
    return encode_message(reply, what="reply")


def decode_reply(data: bytes) -> Reply:
    """What :func:`encode_reply` wrote; raises EventError for anything else."""
    return decode_message(Reply, data, what="reply")
