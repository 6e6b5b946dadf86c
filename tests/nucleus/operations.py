"""What a component may ask of the nucleus, and what comes of it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.nucleus.cloud import Cloud, CloudAway
from tests.nucleus.configuration import Configuration, KeyPath, NoSuchKey, TooLarge
from tests.nucleus.policy import LOCAL, MQTT, allows, matches
from tests.nucleus.session import Refusal, Session, Stream

REMEMBERED = 10_000
"""Requests that a test can ask for afterwards."""

INBOUND_BYTES = 4_980
"""Topic and payload, which fit with their packet's headers into 5,000."""

STATES = ("RUNNING", "ERRORED", "NEW", "FINISHED", "BROKEN", "INSTALLED", "STARTING", "STOPPING")


Opened = tuple[dict[str, Any], Stream]
"""An answer, and the stream that stays open."""


@dataclass(eq=False)
class Subscription:
    """One stream's; each that matches gets a message, so overlapping ones deliver it twice."""

    service: str
    topic_filter: str
    session: Session
    stream: Stream
    silent: bool = False


@dataclass
class Faults:
    """What goes wrong on demand."""

    hearing: asyncio.Event = field(default_factory=asyncio.Event)
    silent: set[str] = field(default_factory=set)
    lose: int = 0
    refuse: dict[str, tuple[str, int]] = field(default_factory=dict)


class NucleusOperations:
    """Implements :class:`tests.nucleus.session.Operations` for one component."""

    def __init__(self, component: str, svcuid: str, configuration: Configuration, classic: bool) -> None:
        self._component = component
        self._svcuid = svcuid
        self._configuration = configuration
        self.answers_strangers = classic
        self.cloud: Cloud | None = None
        self.faults = Faults()
        self.faults.hearing.set()
        self.subscriptions: list[Subscription] = []
        self.watching: list[tuple[KeyPath, Stream]] = []
        self.states: list[str] = []
        self.requests: deque[tuple[str, dict[str, Any]]] = deque(maxlen=REMEMBERED)
        self._table: dict[str, Callable[[Session, int, dict[str, Any]], Awaitable[Any]]] = {
            "PublishToIoTCore": self._publish,
            "SubscribeToIoTCore": self._subscribe,
            "PublishToTopic": self._publish_locally,
            "SubscribeToTopic": self._subscribe_locally,
            "GetConfiguration": self._get_configuration,
            "SubscribeToConfigurationUpdate": self._watch_configuration,
            "UpdateState": self._update_state,
        }

    async def hear(self) -> None:
        await self.faults.hearing.wait()

    def knows(self, svcuid: str) -> bool:
        return svcuid == self._svcuid

    async def perform(
        self, session: Session, stream_id: int, operation: str, request: dict[str, Any]
    ) -> tuple[dict[str, Any], Stream | None]:
        self.requests.append((operation, request))
        error, times = self.faults.refuse.get(operation, ("", 0))
        if times:
            self.faults.refuse[operation] = error, times - 1
            raise Refusal(error)
        if operation not in self._table:
            raise Refusal("ServiceError")
        answer = await self._table[operation](session, stream_id, request)
        return answer if isinstance(answer, tuple) else (answer or {}, None)

    def receive(self, topic: str, payload: bytes) -> None:
        """A message from the cloud; one that is larger than nucleus lite's buffer is dropped."""
        if len(topic.encode()) + len(payload) > INBOUND_BYTES:
            return
        message = {"topicName": topic, "payload": base64.b64encode(payload).decode()}
        self._deliver(MQTT, topic, {"message": message})

    def say(self, topic: str, content: dict[str, Any]) -> None:
        """A message on the local bus: ``{"jsonMessage": {"message": ...}}`` or ``{"binaryMessage": ...}``."""
        told = {kind: {**inner, "context": {"topic": topic}} for kind, inner in content.items()}
        self._deliver(LOCAL, topic, told)

    def changed(self, paths: list[KeyPath]) -> None:
        """Tells who watches, without the values, once for every leaf."""
        for path in paths:
            event = {"configurationUpdateEvent": {"componentName": self._component, "keyPath": list(path)}}
            for watched, stream in list(self.watching):
                if path[: len(watched)] == watched:
                    stream.send(event)

    def _deliver(self, service: str, topic: str, event: dict[str, Any]) -> None:
        for subscription in list(self.subscriptions):
            silent = subscription.silent or self.faults.silent & {subscription.topic_filter, "*"}
            if subscription.service == service and matches(subscription.topic_filter, topic) and not silent:
                subscription.stream.send(event)

    def _authorise(self, service: str, operation: str, resource: str) -> None:
        if not allows(self._configuration.access_control, service, f"aws.greengrass#{operation}", resource):
            raise Refusal("UnauthorizedError")

    async def _publish(self, session: Session, stream_id: int, request: dict[str, Any]) -> None:
        topic, qos = _text(request, "topicName"), _qos(request)
        try:
            payload = base64.b64decode(request.get("payload", ""), validate=True)
        except (binascii.Error, TypeError) as error:
            raise Refusal("ServiceError") from error
        self._authorise(MQTT, "PublishToIoTCore", topic)
        if self.faults.lose:
            self.faults.lose -= 1
            return
        try:
            self._broker().publish(topic, payload, qos)
        except CloudAway as error:
            raise Refusal("ServiceError") from error

    async def _subscribe(self, session: Session, stream_id: int, request: dict[str, Any]) -> Opened:
        topic_filter = _text(request, "topicName")
        _qos(request)
        self._authorise(MQTT, "SubscribeToIoTCore", topic_filter)
        cloud = self._broker()

        def closed() -> None:
            cloud.unsubscribe(topic_filter)

        subscription = self._subscription(session, stream_id, MQTT, topic_filter, closed)
        try:
            await cloud.subscribe(topic_filter)
        except CloudAway as error:
            self.subscriptions.remove(subscription)
            raise Refusal("ServiceError") from error
        return {}, subscription.stream

    async def _publish_locally(self, session: Session, stream_id: int, request: dict[str, Any]) -> None:
        topic, message = _text(request, "topic"), request.get("publishMessage")
        if not isinstance(message, dict) or len(message.keys() & {"jsonMessage", "binaryMessage"}) != 1:
            raise Refusal("ServiceError")
        if not all(isinstance(inner, dict) and "message" in inner for inner in message.values()):
            raise Refusal("ServiceError")
        self._authorise(LOCAL, "PublishToTopic", topic)
        self.say(topic, message)

    async def _subscribe_locally(self, session: Session, stream_id: int, request: dict[str, Any]) -> Opened:
        topic_filter = _text(request, "topic")
        self._authorise(LOCAL, "SubscribeToTopic", topic_filter)
        subscription = self._subscription(session, stream_id, LOCAL, topic_filter, lambda: None)
        return {"topicName": topic_filter}, subscription.stream

    def _subscription(
        self, session: Session, stream_id: int, service: str, topic_filter: str, closed: Callable[[], None]
    ) -> Subscription:
        def close() -> None:
            self.subscriptions.remove(subscription)
            closed()

        event = "IoTCoreMessage" if service == MQTT else "SubscriptionResponseMessage"
        subscription = Subscription(service, topic_filter, session, Stream(session, stream_id, event, close))
        self.subscriptions.append(subscription)
        return subscription

    async def _get_configuration(self, session: Session, stream_id: int, request: dict[str, Any]) -> dict[str, Any]:
        path = _key_path(request)
        component = request.get("componentName", self._component)
        if component != self._component:
            raise Refusal("ResourceNotFoundError")
        try:
            return {"componentName": component, "value": self._value(path)}
        except TooLarge as error:
            raise Refusal("ServiceError") from error

    async def _watch_configuration(self, session: Session, stream_id: int, request: dict[str, Any]) -> Opened:
        path = _key_path(request)
        with contextlib.suppress(TooLarge):
            self._value(path)

        def closed() -> None:
            if entry in self.watching:
                self.watching.remove(entry)

        stream = Stream(session, stream_id, "ConfigurationUpdateEvents", closed)
        entry = (path, stream)
        self.watching.append(entry)
        return {}, stream

    async def _update_state(self, session: Session, stream_id: int, request: dict[str, Any]) -> None:
        state = _text(request, "state")
        if state not in STATES:
            raise Refusal("ServiceError")
        self.states.append(state)

    def _value(self, path: KeyPath) -> dict[str, Any]:
        try:
            return self._configuration.value(path)
        except NoSuchKey as error:
            raise Refusal("ResourceNotFoundError") from error

    def _broker(self) -> Cloud:
        if self.cloud is None:
            raise Refusal("ServiceError")
        return self.cloud


def _text(request: dict[str, Any], key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str) or not value:
        raise Refusal("ServiceError")
    return value


def _qos(request: dict[str, Any]) -> int:
    try:
        qos = int(request.get("qos", 0))
    except (TypeError, ValueError) as error:
        raise Refusal("ServiceError") from error
    if not 0 <= qos <= 2:
        raise Refusal("ServiceError")
    return qos


def _key_path(request: dict[str, Any]) -> KeyPath:
    path = request.get("keyPath", [])
    if not isinstance(path, list) or not all(isinstance(key, str) for key in path):
        raise Refusal("ServiceError")
    return tuple(path)
