"""Tells devices what to do, and finds out what became of it.

A command is written with its deadline before it is published. Who is stopped between any two steps leaves it in the
state ``sending``; the caller asks again with the same id, and the same message is published again, which a device
carries out once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from argus.core.commands import Command, Reply, encode_command
from argus.core.errors import UsageError
from argus.core.ids import IdMaker
from argus.storage.failpoints import failpoint
from cloud_lambdas.devices.sent_command import SentCommand
from cloud_lambdas.shared.device_commands import WAIT_SECONDS, CommandState, Forget, Order, StateOf

if TYPE_CHECKING:
    from argus.core.ports import Clock
    from cloud_lambdas.devices.arrival import ReplyArrival
    from cloud_lambdas.devices.commands_table import Settled
    from cloud_lambdas.devices.device import Device


class Devices(Protocol):
    """See :class:`cloud_lambdas.devices.devices_table.DevicesTable`."""

    def find(self, thing: str) -> Device | None: ...

    def forget(self, thing: str) -> bool: ...


class Commands(Protocol):
    """See :class:`cloud_lambdas.devices.commands_table.CommandsTable`."""

    def find(self, thing: str, command_id: str, now: datetime) -> SentCommand | None: ...

    def add(self, sent: SentCommand, now: datetime) -> SentCommand: ...

    def published(self, sent: SentCommand) -> None: ...

    def failed(self, sent: SentCommand, problem: str) -> None: ...

    def settle(self, thing: str, name: str, command_id: str, reply: Reply, received_at: datetime) -> Settled: ...


class Publisher(Protocol):
    """See :class:`cloud_lambdas.devices.command_topics.CommandTopics`."""

    def publish(self, thing: str, name: str, payload: bytes) -> str | None: ...


class Commanding:
    """Everything that is asked of the function directly."""

    def __init__(
        self, *, devices: Devices, commands: Commands, publisher: Publisher, clock: Clock, new_id: IdMaker
    ) -> None:
        self._devices = devices
        self._commands = commands
        self._publisher = publisher
        self._clock = clock
        self._new_id = new_id

    def order(self, order: Order) -> CommandState:
        """Sends a command, once.

        Raises:
            UsageError: there is no such device, or the id is of another command.
            EventError: the arguments are too long for a message.
        """
        if self._devices.find(order.thing) is None:
            raise UsageError(
                f"nothing has been heard of a device {order.thing!r}: check its name, and whether it sends its status"
            )
        sent = self._written(order)
        failpoint("cloud.command.written")
        now = self._clock.now()
        if sent.published or sent.reply is not None or now >= sent.command.expires_at:
            return sent.told(now)
        problem = self._publisher.publish(sent.thing, sent.name, encode_command(sent.command))
        failpoint("cloud.command.published")
        if problem is None:
            self._commands.published(sent)
        else:
            self._commands.failed(sent, problem)
        return self.state(StateOf(sent.thing, sent.command.id))

    def state(self, asked: StateOf) -> CommandState:
        """What became of a command; raises UsageError where there is none."""
        now = self._clock.now()
        sent = self._commands.find(asked.thing, asked.command_id, now)
        if sent is None:
            raise UsageError(f"{asked.thing} was given no command {asked.command_id!r} within the last 30 days")
        return sent.told(now)

    def forget(self, asked: Forget) -> bool:
        """Takes a device out; False where nothing was known of it."""
        return self._devices.forget(asked.thing)

    def replied(self, arrival: ReplyArrival) -> str | None:
        """Keeps a reply; why it was refused, where it was."""
        reply = arrival.reply
        if reply.command_id is None:
            return f"the device could not read a command ({reply.outcome}), and does not know which"
        settled = self._commands.settle(arrival.thing, arrival.name, reply.command_id, reply, arrival.received_at)
        if settled == "unknown":
            return "this device was given no command of that id by this function"
        return "the command of that id has another name" if settled == "other" else None

    def _written(self, order: Order) -> SentCommand:
        now = self._clock.now()
        wait = order.wait_seconds or WAIT_SECONDS[order.name]
        command = Command(
            id=order.command_id or self._new_id(now),
            sent_at=now,
            expires_at=now + timedelta(seconds=wait),
            arguments=order.arguments,
        )
        wanted = SentCommand(order.thing, order.name, command)
        there = self._commands.add(wanted, now)
        if not there.says_the_same(wanted):
            raise UsageError(f"the id {command.id!r} is of another command to {order.thing}: choose another id")
        return there
