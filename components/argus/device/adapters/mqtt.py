"""Messages straight to a broker, by MQTT 3.1.1, where there is no nucleus: mosquitto, amqtt, AWS IoT Core.

The session is a lasting one: acknowledgements and commands that come while the device is away wait at the broker. A
connection that breaks is made again for ever, and then every subscription, too, because the broker may have forgotten.
There is no last will: a device whose heartbeat does not come is known to be away, and why is not known to a broker.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any

from awscrt.exceptions import AwsCrtError
from awscrt.io import ClientBootstrap
from awscrt.mqtt import Client, Connection, QoS, SubscribeError

from argus.core import topics
from argus.device.adapters.backoff import backoff_seconds
from argus.device.adapters.mqtt_access import MqttAccess, distrust
from argus.device.transport import MessageHandler, TransportError

_LOG = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
"""For an acknowledgement; within it a message crosses any network that is of use."""

KEEP_ALIVE_SECONDS = 30
"""A dead connection is noticed after this and :data:`ANSWER_SECONDS` together."""

_LONGEST_PAUSE_SECONDS = 30

_EARLY = 1000
"""Messages that waited at the broker and come before anybody here has subscribed: so many are kept for who does."""

_REASONS = {
    "AWS_IO_SOCKET_CONNECTION_REFUSED": "nobody listens at {where}: check host and port, and that the broker runs",
    "AWS_IO_DNS_INVALID_NAME": "the host {host} is not known: check its name and the network",
    "AWS_IO_DNS_QUERY_FAILED": "the host {host} is not known: check its name and the network",
    "AWS_IO_SOCKET_TIMEOUT": "{where} does not answer: check host, port and network",
    "AWS_IO_SOCKET_NO_ROUTE_TO_HOST": "there is no way to {where}: check the network",
    "AWS_IO_SOCKET_CLOSED": "{where} hung up: check that it expects {manner} there",
    "AWS_ERROR_MQTT_UNEXPECTED_HANGUP": "the broker at {where} hung up: check that it accepts the client {thing}",
    "AWS_ERROR_MQTT_TIMEOUT": "{where} does not answer as a broker does: check host and port",
    "AWS_ERROR_MQTT_PROTOCOL_ERROR": "the broker at {where} refuses {thing}: check user, password and its permissions",
    "AWS_IO_TLS_ERROR_READ_FAILURE": "the broker at {where} broke off: check that it accepts this device's certificate",
    "AWS_IO_TLS_ERROR_NEGOTIATION_FAILURE": "no TLS with {where}: check that the broker expects it there",
}


class MqttTransport:
    """Implements :class:`argus.device.transport.Transport`.

    Connects with :meth:`connect`, and is never lost.

    Raises:
        UsageError: files that cannot be used.
    """

    def __init__(self, access: MqttAccess, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._access = access
        self._answer_seconds = answer_seconds
        self._where = f"{access.host}:{access.port}"
        self._handlers: dict[str, MessageHandler] = {}
        self._early: deque[tuple[str, bytes]] = deque(maxlen=_EARLY)
        self._lock = threading.Lock()
        self._ever_up = False
        self._up = threading.Event()
        self._tried = threading.Event()
        self._closed = threading.Event()
        self._reason = f"there is no connection to {self._where} yet"
        self._connection = Connection(
            Client(ClientBootstrap.get_or_create_static_default(), access.tls()),
            access.host,
            access.port,
            access.thing,
            clean_session=False,
            reconnect_min_timeout_secs=1,
            reconnect_max_timeout_secs=_LONGEST_PAUSE_SECONDS,
            keep_alive_secs=KEEP_ALIVE_SECONDS,
            ping_timeout_ms=int(answer_seconds * 1000),
            protocol_operation_timeout_ms=int(answer_seconds * 1000),
            username=access.user,
            password=access.password(),
            on_connection_success=self._on_success,
            on_connection_interrupted=self._on_interrupted,
            on_connection_failure=self._on_failure,
            disable_metrics=True,  # they travel in the user name, which a broker may compare
        )
        self._connection.on_message(self._on_message)

    def connect(self) -> None:
        """Connects, and goes on trying in the background where that fails.

        Raises:
            TransportError: it failed, or is not done yet.
        """
        threading.Thread(target=self._keep_trying, name="mqtt connect", daemon=True).start()
        if not self._tried.wait(self._answer_seconds):
            self._reason = self._untrusted() or f"{self._where} has not answered for {self._answer_seconds:g} s"
        if not self._up.is_set():
            raise TransportError(self._reason)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if not self._up.is_set():
            raise TransportError(self._reason)  # not kept for later: whoever publishes does that
        try:
            future, _ = self._connection.publish(topic, payload, QoS.AT_LEAST_ONCE, retain)
        except (AwsCrtError, RuntimeError) as error:
            raise TransportError(f"the message to {topic} could not be sent ({_name(error)})") from error
        self._wait(future, f"the message to {topic}")

    def publish_locally(self, topic: str, payload: bytes) -> None:
        """Nothing: neighbours listen at the broker, which has it already."""

    def subscribe(self, topic_filter: str, handler: MessageHandler) -> None:
        """Also without a connection: it is asked for at the next one."""
        with self._lock:
            self._handlers[topic_filter] = handler
            waited = [message for message in self._early if topics.matches(topic_filter, message[0])]
            for message in waited:
                self._early.remove(message)
        for message in waited:
            handler(*message)
        if self._up.is_set():
            self._wait(self._ask_for(topic_filter), f"the subscription to {topic_filter}")

    def renew(self) -> None:
        for topic_filter, handler in list(self._handlers.items()):
            self.subscribe(topic_filter, handler)

    def lost(self) -> str | None:
        return None

    def close(self) -> None:
        self._closed.set()
        self._up.clear()
        self._reason = f"the connection to {self._where} was closed"
        self._connection.disconnect().exception(self._answer_seconds)

    def _keep_trying(self) -> None:
        """Until the first connection: from there on the client makes it again by itself."""
        failures = 0
        while not self._closed.is_set():
            error = self._connection.connect().exception()
            if error is None:
                if self._closed.is_set():
                    self._connection.disconnect()
                return
            failures += 1
            name = _name(error)
            self._fail((name.startswith("AWS_IO_TLS") and self._untrusted()) or self._explained(name))
            self._closed.wait(backoff_seconds(failures))

    def _on_success(self, **_: Any) -> None:
        self._ever_up = True
        self._up.set()
        self._tried.set()
        _LOG.info("connected to %s", self._where)
        for topic_filter in list(self._handlers):
            self._ask_for(topic_filter).add_done_callback(_tell_refused)

    def _on_interrupted(self, error: Exception, **_: Any) -> None:
        self._up.clear()
        self._reason = f"the connection to {self._where} broke ({_name(error)})"
        _LOG.warning("%s", self._reason)

    def _on_failure(self, callback_data: Any, **_: Any) -> None:
        if self._ever_up:  # before, it is known already
            self._fail(self._explained(_name(callback_data.error)))

    def _fail(self, reason: str) -> None:
        if self._closed.is_set():  # an attempt that outlived its purpose
            return
        if reason != self._reason:
            _LOG.warning("%s", reason)
        self._reason = reason
        self._tried.set()

    def _explained(self, name: str) -> str:
        sentence = _REASONS.get(name, "{where} cannot be reached ({name})")
        access, manner = self._access, "TLS" if self._access.encrypted else "a plain connection"
        return sentence.format(where=self._where, host=access.host, thing=access.thing, manner=manner, name=name)

    def _untrusted(self) -> str | None:
        why = distrust(self._access, self._answer_seconds) if self._access.encrypted else None
        return f"the certificate of {self._where} is not trusted ({why}): check the authority's file" if why else None

    def _on_message(self, topic: str, payload: bytes, **_: Any) -> None:
        with self._lock:
            handlers = [handler for wanted, handler in self._handlers.items() if topics.matches(wanted, topic)]
            if not handlers:
                self._early.append((topic, payload))
        for handler in handlers:
            handler(topic, payload)

    def _ask_for(self, topic_filter: str) -> Future[Any]:
        future: Future[Any]
        future, _ = self._connection.subscribe(topic_filter, QoS.AT_LEAST_ONCE)
        return future

    def _wait(self, future: Future[Any], what: str) -> None:
        try:
            future.result(self._answer_seconds)
        except (Late, AwsCrtError, RuntimeError, SubscribeError) as error:
            raise TransportError(f"the broker at {self._where} did not take {what} ({_name(error)})") from error


def _tell_refused(future: Future[Any]) -> None:
    if error := future.exception():
        _LOG.warning("a subscription was not taken: %s", _name(error))


def _name(error: BaseException) -> str:
    if isinstance(error, AwsCrtError):
        name: str = error.name
        return name
    return "no answer in time" if isinstance(error, Late) else type(error).__name__
