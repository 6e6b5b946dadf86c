"""The local cloud's connection to the broker, by which AWS IoT would hear and speak."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as Late
from typing import Any

from awscrt.exceptions import AwsCrtError
from awscrt.io import ClientBootstrap
from awscrt.mqtt import Client, Connection, QoS, SubscribeError

from argus.core import topics
from argus.core.errors import UsageError

_ANSWER_SECONDS = 10.0

Handler = Callable[[str, bytes], None]
"""Is given topic and payload, on the connection's own thread: it must return at once."""


class BrokerDown(Exception):
    """The broker did not take a message."""


class BrokerLink:
    """A context manager: connected within; a connection that breaks is made anew, with every subscription."""

    def __init__(self, port: int, client_id: str = "local-cloud") -> None:
        self._handlers: list[tuple[str, Handler]] = []
        self._lock = threading.Lock()
        self._ever_up = False
        self._connection = Connection(
            Client(ClientBootstrap.get_or_create_static_default()),
            "127.0.0.1",
            port,
            client_id,
            clean_session=False,
            reconnect_min_timeout_secs=1,
            reconnect_max_timeout_secs=1,
            keep_alive_secs=30,
            protocol_operation_timeout_ms=int(_ANSWER_SECONDS * 1000),
            on_connection_success=self._connected,
            disable_metrics=True,
        )
        self._connection.on_message(self._heard)

    def __enter__(self) -> BrokerLink:
        try:
            self._connection.connect().result(_ANSWER_SECONDS)
        except (AwsCrtError, Late) as error:
            raise UsageError(f"the local cloud cannot connect to its broker: {error}") from error
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.disconnect().exception(_ANSWER_SECONDS)

    def subscribe(self, topic_filter: str, handler: Handler) -> None:
        """Raises UsageError where the broker does not take it."""
        with self._lock:
            self._handlers.append((topic_filter, handler))
        future, _ = self._connection.subscribe(topic_filter, QoS.AT_LEAST_ONCE)
        try:
            future.result(_ANSWER_SECONDS)
        except (AwsCrtError, Late, SubscribeError) as error:
            raise UsageError(f"the broker does not take the subscription to {topic_filter}: {error}") from error

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """The broker has it when this returns (with ``qos`` 1); raises BrokerDown."""
        future, _ = self._connection.publish(topic, payload, QoS(qos), retain)
        try:
            future.result(_ANSWER_SECONDS)
        except (AwsCrtError, Late) as error:
            raise BrokerDown(f"the broker did not take a message to {topic}: {error}") from error

    def _connected(self, **_: Any) -> None:
        again, self._ever_up = self._ever_up, True
        if not again:
            return  # nobody had subscribed; who did since is not to hear twice what is retained
        with self._lock:
            filters = {topic_filter for topic_filter, _ in self._handlers}
        for topic_filter in filters:  # brokers forget
            self._connection.subscribe(topic_filter, QoS.AT_LEAST_ONCE)

    def _heard(self, topic: str, payload: bytes, **_: Any) -> None:
        with self._lock:
            handlers = [handler for wanted, handler in self._handlers if topics.matches(wanted, topic)]
        for handler in handlers:
            handler(topic, payload)
