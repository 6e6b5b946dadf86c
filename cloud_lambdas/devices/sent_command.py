"""A command, and what is known of it; its state follows from that and from the time, so nobody has to write it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cloud_lambdas.shared.device_commands import CommandState, State

if TYPE_CHECKING:
    from argus.core.commands import Command, Reply


@dataclass(frozen=True)
class SentCommand:
    """A command to a device.

    Attributes:
        command: as it is published, each time the same.
        published: AWS IoT has taken it.
        problem: why it did not, the last time.
        reply: the first that reached the cloud, at ``replied_at``.
    """

    thing: str
    name: str
    command: Command
    published: bool = False
    problem: str | None = None
    reply: Reply | None = None
    replied_at: datetime | None = None

    def says_the_same(self, other: SentCommand) -> bool:
        """Whether both ask for the same."""
        return (self.name, self.command.arguments) == (other.name, other.command.arguments)

    def state(self, now: datetime) -> State:
        """See :mod:`cloud_lambdas.shared.device_commands`."""
        if self.replied_at is not None:
            return "replied" if self.replied_at <= self.command.expires_at else "replied_late"
        if not self.published and self.problem is not None:
            return "not_sent"
        if now > self.command.expires_at:
            return "not_delivered"
        return "sent" if self.published else "sending"

    def told(self, now: datetime) -> CommandState:
        """What is answered to whoever asks."""
        command, reply, state = self.command, self.reply, self.state(now)
        return CommandState(
            command_id=command.id,
            thing=self.thing,
            command=self.name,
            arguments=command.arguments,
            state=state,
            asked_at=command.sent_at,
            deadline=command.expires_at,
            outcome=reply.outcome if reply else None,
            message=reply.message if reply else self.problem if state == "not_sent" else None,
            result=reply.result if reply else {},
            replied_at=self.replied_at,
        )
