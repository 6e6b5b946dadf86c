"""The double of the nucleus, with the client that components use, and with bytes that no client sends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import queue
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import awsiot.greengrasscoreipc
import boto3
import pytest
from awscrt.exceptions import AwsCrtError
from awsiot.eventstreamrpc import AccessDeniedError, LifecycleHandler
from awsiot.greengrasscoreipc import model
from awsiot.greengrasscoreipc.clientv2 import GreengrassCoreIPCClientV2

from tests.broker import Broker
from tests.device.transport.conftest import DEFAULTS, THING
from tests.nucleus import NucleusProcess, frames

SECONDS = 10.0
EVENTS = "argus/v1/match/thing-1/door"

Inbox = queue.Queue[Any]


class Fate(LifecycleHandler):  # type: ignore[misc]  # its library is not typed
    """Tells when the connection ended."""

    def __init__(self) -> None:
        self.ended: Inbox = queue.Queue()

    def on_disconnect(self, reason: Exception | None) -> None:
        self.ended.put(reason)


Connect = Callable[[NucleusProcess], tuple[GreengrassCoreIPCClientV2, Fate]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    clients = []

    def connected(nucleus: NucleusProcess) -> tuple[GreengrassCoreIPCClientV2, Fate]:
        fate = Fate()
        client = awsiot.greengrasscoreipc.connect(
            ipc_socket=nucleus.environment["AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT"],
            authtoken=nucleus.environment["SVCUID"],
            lifecycle_handler=fate,
            timeout=SECONDS,
        )
        clients.append(GreengrassCoreIPCClientV2(client=client, executor=None))
        return clients[-1], fate

    yield connected
    for client in clients:
        client.close().exception(SECONDS)


def subscribe(client: GreengrassCoreIPCClientV2, topic_filter: str) -> Inbox:
    inbox: Inbox = queue.Queue()
    client.subscribe_to_iot_core(
        topic_name=topic_filter,
        qos="1",
        on_stream_event=lambda event: inbox.put((event.message.topic_name, event.message.payload)),
        on_stream_error=lambda error: True,
        on_stream_closed=lambda: inbox.put("closed"),
    )
    return inbox


def publish(client: GreengrassCoreIPCClientV2, topic: str, payload: bytes = b"{}") -> None:
    client.publish_to_iot_core_async(topic_name=topic, qos="1", payload=payload).result(SECONDS)


def test_messages_go_to_the_cloud_and_come_from_it(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    inbox = subscribe(client, "argus/v1/match/#")
    publish(client, EVENTS, b"\x00\xff")
    assert inbox.get(timeout=SECONDS) == (EVENTS, b"\x00\xff")


def test_overlapping_subscriptions_deliver_twice(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    first, second = subscribe(client, "argus/v1/match/#"), subscribe(client, "argus/v1/+/thing-1/door")
    publish(client, EVENTS)
    assert first.get(timeout=SECONDS) == second.get(timeout=SECONDS)


def test_a_cancelled_subscription_gets_nothing(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    _, operation = client.subscribe_to_iot_core(topic_name="argus/v1/head/#", qos="1", on_stream_event=print)
    assert nucleus.tell("state")["subscriptions"] == ["argus/v1/head/#"]
    operation.close().result(SECONDS)
    client.update_state(state="RUNNING")  # answered after what was sent before
    assert nucleus.tell("state")["subscriptions"] == []


@pytest.mark.parametrize("topic", ["elsewhere", "argus/v2/match/thing-1/door", "#", "xargus/v1/a"])
def test_what_no_policy_allows_is_unauthorised(nucleus: NucleusProcess, connect: Connect, topic: str) -> None:
    client, _ = connect(nucleus)
    for attempt in (lambda: publish(client, topic), lambda: subscribe(client, topic)):
        with pytest.raises(model.UnauthorizedError) as caught:
            attempt()
        assert caught.value.message is None


def test_a_policy_speaks_of_filters_only_to_the_cloud(broker: Broker, connect: Connect) -> None:
    policy = {"p": {"operations": ["*"], "resources": ["argus/v1/ack/+"]}}
    services = {"aws.greengrass.ipc.mqttproxy": policy, "aws.greengrass.ipc.pubsub": policy}
    with NucleusProcess({"accessControl": services}, broker_port=broker.port) as nucleus:
        client, _ = connect(nucleus)
        publish(client, "argus/v1/ack/a")
        message = model.PublishMessage(binary_message=model.BinaryMessage(message=b"x"))
        with pytest.raises(model.UnauthorizedError):
            client.publish_to_topic(topic="argus/v1/ack/a", publish_message=message)


def test_local_messages(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    inbox: Inbox = queue.Queue()
    client.subscribe_to_topic(topic=EVENTS, on_stream_event=inbox.put)
    message = model.PublishMessage(binary_message=model.BinaryMessage(message=b"\x00"))
    client.publish_to_topic(topic=EVENTS, publish_message=message)
    got = inbox.get(timeout=SECONDS).binary_message
    assert (got.message, got.context.topic) == (b"\x00", EVENTS)
    nucleus.tell("say", topic=EVENTS, message={"a": 1})
    assert inbox.get(timeout=SECONDS).json_message.message == {"a": 1}


def test_configuration(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    assert client.get_configuration(key_path=[]).value == DEFAULTS
    assert client.get_configuration(key_path=["log"]).value == DEFAULTS["log"]
    assert client.get_configuration(key_path=["log", "level"]).value == {"level": "info"}
    for path in (["nothing"], ["log", "level", "below"]):
        with pytest.raises(model.ResourceNotFoundError):
            client.get_configuration(key_path=path)
    inbox: Inbox = queue.Queue()
    client.subscribe_to_configuration_update(key_path=["log"], on_stream_event=inbox.put)
    nucleus.tell("configure", merge={"log": {"level": "debug", "format": "text"}, "status": {"interval_seconds": 5}})
    event = inbox.get(timeout=SECONDS).configuration_update_event
    assert (event.key_path, inbox.qsize()) == (["log", "level"], 0)
    assert client.get_configuration(key_path=["log", "level"]).value == {"level": "debug"}
    nucleus.tell("configure", reset="log")
    with pytest.raises(model.ResourceNotFoundError):
        client.get_configuration(key_path=["log"])
    nucleus.tell("configure", reset="")
    with pytest.raises(model.ResourceNotFoundError):
        client.get_configuration(key_path=[])
    assert inbox.empty()


def test_configuration_of_which_nobody_is_told(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    inbox: Inbox = queue.Queue()
    client.subscribe_to_configuration_update(key_path=[], on_stream_event=inbox.put)
    nucleus.tell("forget")
    nucleus.tell("configure", merge={"log": {"level": "debug"}})
    assert client.get_configuration(key_path=["log", "level"]).value == {"level": "debug"}
    assert inbox.empty()


def test_numbers_may_arrive_as_texts(connect: Connect) -> None:
    with NucleusProcess({"a": [1, 2.5, True, None, "x"]}, texts=True) as nucleus:
        client, _ = connect(nucleus)
        assert client.get_configuration(key_path=[]).value == {"a": ["1", "2.5", "true", None, "x"]}


@pytest.mark.parametrize(
    ("part", "told"),
    [({f"k{i}": "x" * 1_000 for i in range(5)}, True), ({f"k{i}": i for i in range(120)}, True), ({"k": "x"}, False)],
    ids=["long", "many", "neither"],
)
def test_configuration_that_is_too_much_at_once_is_a_service_error(
    connect: Connect, part: dict[str, Any], told: bool
) -> None:
    with NucleusProcess({"a": part, "b": part}) as nucleus:
        client, _ = connect(nucleus)
        assert client.get_configuration(key_path=["a"]).value == part
        if told:
            with pytest.raises(model.ServiceError):
                client.get_configuration(key_path=[])
        with pytest.raises(ValueError, match=r"a\.k has more than 1024 bytes"):
            nucleus.tell("configure", merge={"a": {"k": ["x" * 1_024]}})


def test_states_and_what_lite_does_not_have(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    client.update_state(state="RUNNING")
    assert nucleus.tell("state")["states"] == ["RUNNING"]
    with pytest.raises(model.ServiceError):
        client.get_thing_shadow(thing_name=THING, shadow_name="")


def test_a_message_over_the_limit_ends_the_connection(nucleus: NucleusProcess, connect: Connect) -> None:
    client, fate = connect(nucleus)
    publish(client, EVENTS, b"x" * 7_000)
    client.publish_to_iot_core_async(topic_name=EVENTS, qos="1", payload=b"x" * 7_500).exception(SECONDS)
    assert fate.ended.get(timeout=SECONDS) is not None


def test_a_restart_keeps_the_configuration_and_refuses_the_old_svcuid(
    nucleus: NucleusProcess, connect: Connect
) -> None:
    old = dict(nucleus.environment)
    _, fate = connect(nucleus)
    nucleus.tell("configure", merge={"log": {"level": "debug"}})
    nucleus.kill()
    assert fate.ended.get(timeout=SECONDS) is not None
    nucleus.start()
    client, _ = connect(nucleus)
    assert client.get_configuration(key_path=["log", "level"]).value == {"level": "debug"}
    nucleus.environment = old
    with pytest.raises(AwsCrtError, match="AWS_IO_SOCKET_CLOSED"):
        connect(nucleus)


def test_the_classic_nucleus_tells_a_stranger_that_it_is_one(connect: Connect) -> None:
    with NucleusProcess({}, classic=True) as nucleus:
        nucleus.environment["SVCUID"] = "x" * 16
        with pytest.raises(AccessDeniedError):
            connect(nucleus)


def test_what_is_too_much_at_once(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    nucleus.tell("hold")
    for _ in range(10):
        publish(client, EVENTS)
    with pytest.raises(model.ServiceError):
        publish(client, EVENTS)
    nucleus.tell("release")
    while nucleus.tell("state")["waiting"]:
        pass
    inbox = subscribe(client, EVENTS)
    publish(client, EVENTS, b"x" * 5_000)
    publish(client, EVENTS, b"small enough to arrive")
    while (got := inbox.get(timeout=SECONDS)) != (EVENTS, b"small enough to arrive"):
        assert got == (EVENTS, b"{}")


def test_what_was_only_in_memory_is_lost_when_it_is_killed(nucleus: NucleusProcess, connect: Connect) -> None:
    client, _ = connect(nucleus)
    nucleus.tell("hold")
    publish(client, EVENTS, b"lost")
    assert nucleus.tell("state")["waiting"] == 1
    nucleus.kill()
    nucleus.start()
    client, _ = connect(nucleus)
    inbox = subscribe(client, EVENTS)
    publish(client, EVENTS, b"kept")
    assert inbox.get(timeout=SECONDS) == (EVENTS, b"kept")


@pytest.mark.parametrize("classic", [False, True])
def test_the_broker_is_away(broker: Broker, connect: Connect, classic: bool) -> None:
    with NucleusProcess(DEFAULTS, broker_port=broker.port, classic=classic) as nucleus:
        client, _ = connect(nucleus)
        inbox = subscribe(client, EVENTS)
        broker.kill()
        refused = False
        for _ in range(100):  # until it has noticed
            try:
                publish(client, "argus/v1/status/thing-1")
            except model.ServiceError:
                refused = True
                break
            if classic and nucleus.tell("state")["waiting"]:
                break
        assert refused is not classic
        broker.start()
        if classic:
            publish(client, EVENTS)
            assert inbox.get(timeout=SECONDS) == (EVENTS, b"{}")


def test_faults(nucleus: NucleusProcess, connect: Connect) -> None:
    client, fate = connect(nucleus)
    deaf = subscribe(client, EVENTS)
    nucleus.tell("silence", topic_filter=EVENTS)
    anew = subscribe(client, EVENTS)
    publish(client, EVENTS)
    assert anew.get(timeout=SECONDS) == (EVENTS, b"{}")
    assert deaf.empty()
    nucleus.tell("refuse", operation="PublishToIoTCore", error="ServiceError")
    with pytest.raises(model.ServiceError):
        publish(client, EVENTS)
    nucleus.tell("lose", count=1)
    publish(client, EVENTS, b"lost")
    publish(client, EVENTS, b"there")
    assert anew.get(timeout=SECONDS) == (EVENTS, b"there")
    nucleus.tell("hang")
    waiting = client.publish_to_iot_core_async(topic_name=EVENTS, qos="1", payload=b"late")
    with pytest.raises(concurrent.futures.TimeoutError):
        waiting.result(0.2)
    nucleus.tell("resume")
    waiting.result(SECONDS)
    nucleus.tell("end", topic_filter=EVENTS)
    assert deaf.get(timeout=SECONDS) == "closed"
    nucleus.tell("drop")
    assert fate.ended.get(timeout=SECONDS) is not None


def test_the_token_exchange(nucleus: NucleusProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    url = nucleus.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    for headers, status in ({}, 400), ({"Authorization": "x" * 16}, 404):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=SECONDS)
        caught.value.close()
        assert caught.value.code == status
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    for name, value in nucleus.environment.items():
        monkeypatch.setenv(name, value)
    credentials = boto3.Session().get_credentials()
    assert credentials is not None
    assert credentials.get_frozen_credentials().access_key == "ASIATESTINGTESTING00"
    nucleus.tell("credentials", mode="null")
    token = {"Authorization": nucleus.environment["SVCUID"]}
    with urllib.request.urlopen(urllib.request.Request(url, headers=token), timeout=SECONDS) as answer:
        assert json.load(answer) is None


CONNECT: dict[str, int | str] = {":message-type": 4, ":message-flags": 0, ":stream-id": 0, ":version": "0.1.0"}
REQUEST: dict[str, int | str] = {
    ":message-type": 0,
    ":message-flags": 0,
    ":stream-id": 1,
    "operation": "aws.greengrass#UpdateState",
    "service-model-type": "aws.greengrass#UpdateStateRequest",
}


async def _last_answer(nucleus: NucleusProcess, *messages: bytes) -> dict[str, int | str] | None:
    """The headers of the last frame that answers ``messages``; None when the connection ends instead."""
    path = nucleus.environment["AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT"]
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        answer = None
        for message in messages:
            writer.write(message)
            answer = await asyncio.wait_for(frames.read(reader), SECONDS)
        return dict(answer.headers) if answer else None
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    finally:
        writer.close()


def _greeting(nucleus: NucleusProcess) -> bytes:
    payload = json.dumps({"authToken": nucleus.environment["SVCUID"]}).encode()
    return frames.encode(frames.Frame(CONNECT, payload))


def test_frames_that_are_as_they_must_be(nucleus: NucleusProcess) -> None:
    greeting = _greeting(nucleus)
    accepted = {":message-type": 5, ":message-flags": 1, ":stream-id": 0}
    assert asyncio.run(_last_answer(nucleus, greeting)) == accepted
    request = frames.encode(frames.Frame(REQUEST, b'{"state":"RUNNING"}'))
    assert asyncio.run(_last_answer(nucleus, greeting, request)) == {
        ":message-type": 0,
        ":message-flags": 0,
        ":stream-id": 1,
        ":content-type": "application/json",
        "service-model-type": "aws.greengrass#UpdateStateResponse",
    }


def test_every_damaged_frame_ends_the_connection(nucleus: NucleusProcess) -> None:
    greeting, good = _greeting(nucleus), frames.encode(frames.Frame(REQUEST, b'{"state":"RUNNING"}'))

    def changed(**headers: int | str) -> bytes:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return frames.encode(frames.Frame({**REQUEST, **{f":{n}": v for n, v in names.items()}}, b"{}"))

    flipped = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in (3, 9, 20, len(good) - 6, len(good) - 1)]
    wrong = [changed(message_type=2), changed(stream_id=0), changed(message_flags=1), changed(stream_id="1")]
    not_json = frames.encode(frames.Frame(REQUEST, b"state"))
    for bytes_ in [*flipped, *wrong, not_json]:
        assert asyncio.run(_last_answer(nucleus, greeting, bytes_)) is None
    assert asyncio.run(_last_answer(nucleus, greeting, good, good)) is None, "a stream id came twice"
    assert asyncio.run(_last_answer(nucleus, good)) is None, "nobody greeted"
