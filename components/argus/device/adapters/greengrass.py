"""Messages through the nucleus: to IoT Core and back, and to the other components of the device."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from awsiot.eventstreamrpc import EventStreamOperationError
from awsiot.greengrasscoreipc import model

from argus.device.adapters.greengrass_ipc import NucleusConnection, Refused
from argus.device.transport import MessageHandler, MessageTooLong, TransportError

FRAME_BYTES = 10_000
"""A longer one makes nucleus lite end the connection, with everything else that is under way on it."""

_AROUND_BYTES = 400
"""The headers, checksums and JSON around the topic and the payload: 301 with what the client sends today."""

_QOS = "1"

PAUSES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Ten messages cross a network within a tenth of a second, or it is away."""

_HINT = ": it has no connection to the cloud, or too much under way"

_SERVICES = {
    "PublishToIoTCore": "aws.greengrass.ipc.mqttproxy",
    "SubscribeToIoTCore": "aws.greengrass.ipc.mqttproxy",
    "PublishToTopic": "aws.greengrass.ipc.pubsub",
}


@dataclass
class _Subscription:
    handler: MessageHandler
    operation: Any = None


class GreengrassTransport:
    """Implements :class:`argus.device.transport.Transport`.

    What the nucleus has taken is in its memory. Nucleus lite refuses messages while there is no connection to the
    cloud, and while ten of the whole device are under way; it retains none.

    Args:
        pauses_seconds: a message that is refused is tried again after each of these.
    """

    def __init__(self, connection: NucleusConnection, *, pauses_seconds: Sequence[float] = PAUSES_SECONDS) -> None:
        self._connection = connection
        self._pauses_seconds = pauses_seconds
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._subscriptions: dict[str, _Subscription] = {}

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        _check_length(topic, payload)
        with self._turn:  # after those who try again, or they would never find a place
            pass
        try:
            self._publish(topic, payload, retain)
        except Refused as refused:
            with self._turn:
                self._try_again(refused, topic, payload, retain)

    def publish_locally(self, topic: str, payload: bytes) -> None:
        _check_length(topic, payload)
        # Not as JSON, of which nucleus lite takes only so much depth and so many parts.
        message = model.PublishMessage(binary_message=model.BinaryMessage(message=payload))
        request = model.PublishToTopicRequest(topic=topic, publish_message=message)
        with _explained("PublishToTopic", topic) as what:
            self._connection.call(what, lambda client: client.new_publish_to_topic(), request)

    def subscribe(self, topic_filter: str, handler: MessageHandler) -> None:
        with self._lock:
            self._open(topic_filter, handler)

    def renew(self) -> None:
        with self._lock:
            for topic_filter, old in list(self._subscriptions.items()):
                # The new one first: the last one of a filter that goes makes the nucleus leave it.
                self._open(topic_filter, old.handler)
                old.operation.close()

    def lost(self) -> str | None:
        return self._connection.lost()

    def close(self) -> None:
        self._connection.close()

    def _try_again(self, refused: Refused, topic: str, payload: bytes, retain: bool) -> None:
        for pause in self._pauses_seconds:
            time.sleep(pause)
            try:
                self._publish(topic, payload, retain)
                return
            except Refused as again:
                refused = again
        raise refused

    def _publish(self, topic: str, payload: bytes, retain: bool) -> None:
        request = model.PublishToIoTCoreRequest(topic_name=topic, qos=_QOS, payload=payload, retain=retain or None)
        with _explained("PublishToIoTCore", topic) as what:
            self._connection.call(what, lambda client: client.new_publish_to_iot_core(), request)

    def _open(self, topic_filter: str, handler: MessageHandler) -> None:
        subscription = _Subscription(handler)

        def received(event: model.IoTCoreMessage) -> None:
            handler(event.message.topic_name, event.message.payload or b"")

        def closed() -> None:
            if self._subscriptions.get(topic_filter) is subscription:
                self._connection.lose(f"the nucleus ended the subscription to {topic_filter}")

        def start(client: Any) -> Any:
            answer, subscription.operation = client.subscribe_to_iot_core_async(
                topic_name=topic_filter,
                qos=_QOS,
                on_stream_event=received,
                on_stream_error=lambda error: False,  # one message that cannot be read; the next one may be
                on_stream_closed=closed,
            )
            return answer

        with _explained("SubscribeToIoTCore", topic_filter) as what:
            self._connection.ask(what, start)
        self._subscriptions[topic_filter] = subscription


@contextmanager
def _explained(operation: str, topic: str) -> Iterator[str]:
    """Gives what errors call the operation, and raises a TransportError for what the nucleus answers."""
    what = f"{operation} for {topic}"
    try:
        yield what
    except model.UnauthorizedError as error:
        raise TransportError(
            f"the nucleus does not allow {what}: add the topic to the resources for aws.greengrass#{operation} "
            f"under accessControl, {_SERVICES[operation]}, in the component's configuration (a device that had an "
            "older version keeps its old accessControl until a deployment resets it)"
        ) from error
    except EventStreamOperationError as error:
        raise Refused(what, error, _HINT) from error


def _check_length(topic: str, payload: bytes) -> None:
    longest = (FRAME_BYTES - _AROUND_BYTES - len(topic.encode())) // 4 * 3  # it travels as base64
    if len(payload) > longest:
        raise MessageTooLong(f"a message of {len(payload)} bytes to {topic} is over the nucleus's limit of {longest}")
