"""The nucleus's own connection to the cloud: one MQTT session for all components, to a real broker."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from awscrt.exceptions import AwsCrtError
from awscrt.io import ClientBootstrap
from awscrt.mqtt import Client, Connection, QoS, SubscribeError

Receive = Callable[[str, bytes], None]

PATIENCE_SECONDS = 10.0


UNDER_WAY, UNDER_WAY_BYTES = 10, 15_000
"""What nucleus lite keeps of the whole device's messages until the broker has acknowledged them."""


class CloudAway(Exception):
    """There is no connection, or too much is under way."""


@dataclass(frozen=True)
class Publication:
    """Taken from a component, and not yet sent."""

    topic: str
    payload: bytes
    qos: QoS


class Cloud:
    """A clean session each time, as nucleus lite's: what comes while it is away is never seen.

    What it takes is in its memory until the broker has it, and is gone when this process is.

    Args:
        spools: it goes on taking messages while the broker is away or slow, as the classic nucleus does; lite refuses.
    """

    def __init__(self, port: int, client_id: str, receive: Receive, *, spools: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._spools = spools
        self._memory: deque[Publication] = deque()
        self._under_way: list[int] = []
        self._something = asyncio.Event()
        self._connected = asyncio.Event()
        self._filters: dict[str, int] = {}
        self.sending = asyncio.Event()
        self.sending.set()
        self._connection = Connection(
            Client(ClientBootstrap.get_or_create_static_default()),
            "127.0.0.1",
            port,
            client_id,
            clean_session=True,
            reconnect_min_timeout_secs=1,
            reconnect_max_timeout_secs=1,
            keep_alive_secs=5,
            on_connection_success=lambda **_: self._later(self._came),
            on_connection_interrupted=lambda **_: self._later(self._connected.clear),
            disable_metrics=True,
        )
        self._connection.on_message(self._on_message)
        self._tasks = [asyncio.create_task(self._connect()), asyncio.create_task(self._send())]

    @property
    def waiting(self) -> int:
        """Messages in memory."""
        return len(self._memory)

    async def connected(self) -> None:
        """Returns when the broker is there."""
        await self._connected.wait()

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Takes a message into memory; raises CloudAway."""
        full = len(self._under_way) >= UNDER_WAY or sum(self._under_way) + len(payload) > UNDER_WAY_BYTES
        if not self._spools and (full or not self._connected.is_set()):
            raise CloudAway
        self._under_way.append(len(payload))
        self._memory.append(Publication(topic, payload, QoS(min(qos, 1))))
        self._something.set()

    async def subscribe(self, topic_filter: str) -> None:
        """Asks the broker, and waits for its answer; raises CloudAway."""
        if not (self._connected.is_set() or self._spools):
            raise CloudAway
        self._filters[topic_filter] = self._filters.get(topic_filter, 0) + 1
        if self._connected.is_set():
            future, _ = self._connection.subscribe(topic_filter, QoS.AT_LEAST_ONCE)
            try:
                await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE_SECONDS)
            except (AwsCrtError, SubscribeError, asyncio.TimeoutError) as error:
                self.unsubscribe(topic_filter)
                raise CloudAway from error

    def unsubscribe(self, topic_filter: str) -> None:
        """One subscriber fewer; the last one's filter is taken back."""
        self._filters[topic_filter] -= 1
        if not self._filters[topic_filter]:
            del self._filters[topic_filter]
            self._connection.unsubscribe(topic_filter)

    def _came(self) -> None:
        for topic_filter in self._filters:
            self._connection.subscribe(topic_filter, QoS.AT_LEAST_ONCE)
        self._connected.set()

    def _on_message(self, topic: str, payload: bytes, **_: Any) -> None:
        self._later(self._receive, topic, payload)

    def _acknowledged(self, size: int, future: Future[Any]) -> None:
        self._later(self._under_way.remove, size)

    def _later(self, call: Callable[..., object], *arguments: object) -> None:
        """In the loop's thread, where it still runs."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    async def _connect(self) -> None:
        while True:
            try:
                await asyncio.wrap_future(self._connection.connect())
                return
            except AwsCrtError:
                await asyncio.sleep(0.1)

    async def _send(self) -> None:
        while True:
            for ready in (self._something, self.sending, self._connected):
                await ready.wait()
            message = self._memory.popleft()
            future, _ = self._connection.publish(message.topic, message.payload, message.qos)
            future.add_done_callback(partial(self._acknowledged, len(message.payload)))
            if not self._memory:
                self._something.clear()
