"""Commands from the cloud, carried out one after the other, each answered once however often it comes.

The transport's thread only puts a message into a bounded queue (:meth:`CommandRunner.heard`); whoever floods a device
gets no answer to what does not fit, and says "not delivered". A command that takes longer than it may is answered as
failed and goes on by itself; until it is through, the next of its name is refused.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, Full, Queue

from argus.core import topics
from argus.core.command_arguments import check_known
from argus.core.commands import Command, CommandRefused, Outcome, Reply, decode_command, encode_reply
from argus.core.errors import ArgusError, EventError
from argus.core.ports import Clock
from argus.device.transport import TransportError

_log = logging.getLogger(__name__)

WAITING = 32
"""Commands that may wait; far more than anybody sends by hand."""

REMEMBERED = 256
"""Answers that are kept for commands that come again."""

KEEP_TRYING_SECONDS = 60.0
"""For so long an answer is sent again that the transport does not take; later nobody waits for it."""

_MAX_MESSAGE = 500
"""Characters of an answer's sentence."""

_TICK_SECONDS = 0.2


@dataclass(frozen=True)
class Answer:
    """What a command came to: its result, and a sentence when that is not all that was asked for."""

    result: dict[str, str] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True)
class Order:
    """How a command is carried out.

    Attributes:
        carry_out: given the arguments; raises CommandRefused, or another ArgusError when it fails.
        arguments: those that it knows.
        timeout_seconds: how long it may take.
    """

    carry_out: Callable[[Mapping[str, str]], Answer]
    arguments: tuple[str, ...] = ()
    timeout_seconds: float = 20.0


@dataclass
class _Unsent:
    topic: str
    payload: bytes
    until_seconds: float


class CommandRunner:
    """Listens to the commands of one device.

    Args:
        thing: the device's thing name.
        orders: by the command's name.
        publish: hands a message to the transport.
        clock: wall-clock and monotonic time.
        clock_set: whether the wall clock is known to be right; if not, no command is too late.
        start: runs a function in a thread that is watched over.
    """

    def __init__(
        self,
        thing: str,
        orders: Mapping[str, Order],
        *,
        publish: Callable[[str, bytes], None],
        clock: Clock,
        clock_set: Callable[[], bool],
        start: Callable[[str, Callable[[], None]], threading.Thread],
    ) -> None:
        self._thing = thing
        self._orders = orders
        self._publish = publish
        self._clock = clock
        self._clock_set = clock_set
        self._start = start
        self._heard: Queue[tuple[str, bytes]] = Queue(WAITING)
        self._replies: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._unsent: deque[_Unsent] = deque()
        self._working: dict[str, threading.Thread] = {}

    def heard(self, topic: str, payload: bytes) -> None:
        """A message on a command's topic; returns at once."""
        try:
            self._heard.put_nowait((topic, payload))
        except Full:
            _log.warning("a command was not looked at: %d others wait", WAITING)

    def run(self, stop: threading.Event) -> None:
        """Carries out what is heard, until ``stop``."""
        while not stop.is_set():
            with suppress(Empty):
                topic, payload = self._heard.get(timeout=_TICK_SECONDS)
                self._take(topic.rpartition("/")[2], payload, stop)
            self._send()

    def _take(self, name: str, payload: bytes, stop: threading.Event) -> None:
        try:
            topic = topics.reply(self._thing, name)
        except ValueError:
            _log.warning("a command with an impossible name was not looked at")
            return
        try:
            command = decode_command(payload)
        except EventError as error:
            self._answer(topic, self._reply(_readable_id(payload), "malformed", str(error)))
            return
        known = self._replies.get((name, command.id))
        if known is not None:
            self._unsent.append(self._to_send(topic, known))
            return
        _log.info("command %s (%s)", name, command.id)
        reply = self._carried_out(name, command, stop)
        _log.info("command %s (%s): %s%s", name, command.id, reply.outcome, f", {reply.message}" * bool(reply.message))
        self._replies[name, command.id] = self._answer(topic, reply)
        while len(self._replies) > REMEMBERED:
            self._replies.popitem(last=False)

    def _carried_out(self, name: str, command: Command, stop: threading.Event) -> Reply:
        order = self._orders.get(name)
        if order is None:
            known = ", ".join(sorted(self._orders))
            return self._reply(command.id, "unknown", f"there is no command {name}: this device knows {known}")
        if self._clock_set() and self._clock.now() >= command.expires_at:
            return self._reply(command.id, "late", "it arrived after its time: send it again")
        try:
            check_known(name, command.arguments, order.arguments)
        except CommandRefused as error:
            return self._reply(command.id, "refused", str(error))
        if name in self._working and self._working[name].is_alive():
            return self._reply(command.id, "refused", f"an earlier {name} is still under way: wait for it")
        return self._within_time(name, order, command, stop)

    def _within_time(self, name: str, order: Order, command: Command, stop: threading.Event) -> Reply:
        replies: list[Reply] = []
        through = threading.Event()

        def work() -> None:
            try:
                replies.append(self._tried(order, command))
            finally:
                through.set()

        self._working[name] = self._start(f"command-{name}", work)
        until = self._clock.monotonic_seconds() + order.timeout_seconds
        while not through.wait(_TICK_SECONDS / 2) and not stop.is_set() and self._clock.monotonic_seconds() < until:
            pass
        if replies:
            return replies[0]
        if stop.is_set():
            return self._reply(command.id, "failed", "the program stops: send it again when it runs")
        seconds = order.timeout_seconds
        return self._reply(command.id, "failed", f"it takes longer than {seconds:g} seconds; it goes on by itself")

    def _tried(self, order: Order, command: Command) -> Reply:
        try:
            answer = order.carry_out(command.arguments)
        except CommandRefused as error:
            return self._reply(command.id, "refused", str(error))
        except ArgusError as error:
            return self._reply(command.id, "failed", str(error))
        return self._reply(command.id, "failed" if answer.problem else "done", answer.problem, answer.result)

    def _reply(
        self, command_id: str | None, outcome: Outcome, message: str | None, result: dict[str, str] | None = None
    ) -> Reply:
        return Reply(command_id, outcome, message and message[:_MAX_MESSAGE], self._clock.now(), result or {})

    def _answer(self, topic: str, reply: Reply) -> bytes:
        try:
            payload = encode_reply(reply)
        except EventError as error:
            payload = encode_reply(replace(reply, outcome="failed", message=str(error), result={}))
        self._unsent.append(self._to_send(topic, payload))
        self._send()
        return payload

    def _to_send(self, topic: str, payload: bytes) -> _Unsent:
        return _Unsent(topic, payload, self._clock.monotonic_seconds() + KEEP_TRYING_SECONDS)

    def _send(self) -> None:
        """Sends what is unsent, in order, as far as the transport takes it."""
        while self._unsent:
            first = self._unsent[0]
            try:
                self._publish(first.topic, first.payload)
            except TransportError as error:
                if self._clock.monotonic_seconds() < first.until_seconds:
                    return
                _log.warning("an answer could not be sent: %s", error)
            self._unsent.popleft()


def _readable_id(payload: bytes) -> str | None:
    """The id in what is no command, if there is one that an answer can carry."""
    try:
        document = json.loads(payload.decode())
        id_ = document.get("id") if isinstance(document, dict) else None
        return id_ if isinstance(id_, str) and 0 < len(id_.encode()) <= 256 else None
    except (ValueError, RecursionError):
        return None
