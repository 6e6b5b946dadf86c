"""Messages, configuration and state through a nucleus, and what becomes of them when it fails."""

from __future__ import annotations

import gc
import json
import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from argus.core.errors import UsageError
from argus.core.wire import MAX_INBOUND_BYTES, MAX_MESSAGE_BYTES
from argus.device.adapters.greengrass import GreengrassTransport
from argus.device.adapters.greengrass_ipc import NucleusConnection
from argus.device.adapters.greengrass_nucleus import GreengrassNucleus
from argus.device.transport import MessageTooLong, TransportError, TransportLost
from tests.broker import Broker
from tests.device.transport.conftest import DEFAULTS, THING
from tests.device.transport.heard import SECONDS, Inbox
from tests.nucleus import NucleusProcess

ACK = f"argus/v1/ack/{THING}"

Connect = Callable[..., NucleusConnection]


@pytest.fixture
def connect() -> Iterator[Connect]:
    connections = []

    def connected(nucleus: NucleusProcess, call_seconds: float = SECONDS) -> NucleusConnection:
        connections.append(NucleusConnection(nucleus.environment, call_seconds=call_seconds))
        return connections[-1]

    yield connected
    for connection in connections:
        connection.close()


def wait_until_lost(transport: GreengrassTransport) -> str:
    until = time.monotonic() + SECONDS
    while not (reason := transport.lost()) and time.monotonic() < until:
        time.sleep(0.01)
    assert reason
    return reason


def test_messages_go_and_come(nucleus: NucleusProcess, connect: Connect) -> None:
    transport, inbox = GreengrassTransport(connect(nucleus)), Inbox()
    transport.subscribe(ACK, inbox)
    largest = bytes(MAX_INBOUND_BYTES)
    for payload in (b"{}", b"", largest):
        transport.publish(ACK, payload)
        assert inbox.next() == (ACK, payload)
    assert transport.lost() is None


def test_what_was_answered_is_let_go(nucleus: NucleusProcess, connect: Connect) -> None:
    """The nucleus leaves the stream of an answered call open, and the client keeps what is open: 37 objects each."""
    connection = connect(nucleus)
    transport, component = GreengrassTransport(connection), GreengrassNucleus(connection)

    def objects_after(calls: int) -> int:
        for _ in range(calls):
            transport.publish_locally(f"argus/v1/match/{THING}/door", b"{}")
            component.get_configuration()
        gc.collect()
        return len(gc.get_objects())

    before = objects_after(10)
    assert objects_after(50) - before < 1000


def test_local_messages_are_told_to_neighbours(nucleus: NucleusProcess, connect: Connect) -> None:
    GreengrassTransport(connect(nucleus)).publish_locally(f"argus/v1/match/{THING}/door", b"{}")
    ((operation, request),) = nucleus.tell("requests")
    assert operation == "PublishToTopic"
    assert request["publishMessage"] == {"binaryMessage": {"message": "e30="}}


@pytest.mark.parametrize("topic", [ACK, "argus/v1/match/" + "t" * 128 + "/" + "c" * 64])
def test_the_longest_message_passes_and_a_longer_one_is_not_sent(
    nucleus: NucleusProcess, connect: Connect, topic: str
) -> None:
    transport = GreengrassTransport(connect(nucleus))
    for publish in (transport.publish, transport.publish_locally):
        with pytest.raises(
            MessageTooLong, match=r"a message of 9000 bytes to .* is over the nucleus's limit of"
        ) as told:
            publish(topic, bytes(9000))
        longest = int(str(told.value).rsplit(" ", 1)[1])
        assert longest > MAX_MESSAGE_BYTES
        publish(topic, bytes(longest))
        with pytest.raises(MessageTooLong):
            publish(topic, bytes(longest + 1))
    assert transport.lost() is None


def test_what_is_not_allowed_says_what_to_add(nucleus: NucleusProcess, connect: Connect) -> None:
    transport = GreengrassTransport(connect(nucleus))
    attempts: dict[str, Callable[[], None]] = {
        "PublishToIoTCore": lambda: transport.publish("elsewhere", b""),
        "SubscribeToIoTCore": lambda: transport.subscribe("elsewhere", Inbox()),
        "PublishToTopic": lambda: transport.publish_locally("elsewhere", b""),
    }
    for operation, attempt in attempts.items():
        with pytest.raises(TransportError) as told:
            attempt()
        for word in ("elsewhere", f"aws.greengrass#{operation}", "accessControl", "aws.greengrass.ipc."):
            assert word in str(told.value)


def test_a_refusal_is_told_by_its_class(nucleus: NucleusProcess, connect: Connect) -> None:
    transport = GreengrassTransport(connect(nucleus))
    nucleus.tell("refuse", operation="SubscribeToIoTCore", error="ServiceError")
    with pytest.raises(TransportError, match=rf"refused SubscribeToIoTCore for {ACK} \(ServiceError\): it has no conn"):
        transport.subscribe(ACK, Inbox())
    transport.subscribe(ACK, Inbox())


def test_a_message_that_is_refused_is_tried_again_for_a_moment(nucleus: NucleusProcess, connect: Connect) -> None:
    transport = GreengrassTransport(connect(nucleus), pauses_seconds=(0.0, 0.0))
    nucleus.tell("refuse", operation="PublishToIoTCore", error="ServiceError", times=2)
    transport.publish(ACK, b"")
    nucleus.tell("refuse", operation="PublishToIoTCore", error="ServiceError", times=3)
    with pytest.raises(TransportError, match=rf"refused PublishToIoTCore for {ACK} \(ServiceError\): it has no conn"):
        transport.publish(ACK, b"")


def test_many_messages_at_once_find_their_pace(nucleus: NucleusProcess, connect: Connect) -> None:
    transport, inbox = GreengrassTransport(connect(nucleus)), Inbox()
    transport.subscribe(ACK, inbox)
    for number in range(200):
        transport.publish(ACK, b"%d" % number)
    assert [inbox.next()[1] for _ in range(200)] == [b"%d" % number for number in range(200)]


def test_a_nucleus_that_hangs_is_not_waited_for(nucleus: NucleusProcess, connect: Connect) -> None:
    transport = GreengrassTransport(connect(nucleus, call_seconds=0.3))
    nucleus.tell("hang")
    with pytest.raises(TransportError, match=r"has not answered PublishToIoTCore .* for 0.3 s"):
        transport.publish(ACK, b"")
    nucleus.tell("resume")
    transport.publish(ACK, b"")


def test_several_threads_publish_at_once(nucleus: NucleusProcess, connect: Connect) -> None:
    transport, inbox = GreengrassTransport(connect(nucleus)), Inbox()
    transport.subscribe(ACK, inbox)
    payloads = [b"%d" % number for number in range(200)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda payload: transport.publish(ACK, payload), payloads))
    assert sorted(inbox.next()[1] for _ in payloads) == sorted(payloads)


def test_the_classic_nucleus_says_that_it_does_not_know_a_process(connect: Connect) -> None:
    with NucleusProcess({}, classic=True) as nucleus:
        nucleus.environment["SVCUID"] = "x" * 16
        with pytest.raises(TransportLost, match="the nucleus does not know this process"):
            connect(nucleus)


@pytest.mark.parametrize("how", ["kill", "drop", "while a call waits"])
def test_a_lost_nucleus_is_lost_for_good(nucleus: NucleusProcess, connect: Connect, how: str) -> None:
    connection = connect(nucleus)
    transport = GreengrassTransport(connection)
    transport.subscribe(ACK, Inbox())
    if how == "drop":
        nucleus.tell("drop")
    else:
        nucleus.kill()
    if how == "while a call waits":
        with pytest.raises(TransportLost):
            transport.publish(ACK, b"")
    assert wait_until_lost(transport).startswith("the nucleus ")
    for attempt in (
        lambda: transport.publish(ACK, b""),
        lambda: transport.subscribe("argus/v1/command/#", Inbox()),
        lambda: GreengrassNucleus(connection).get_configuration(),
    ):
        with pytest.raises(TransportLost, match="to be started anew"):
            attempt()
    transport.close()


def test_a_nucleus_that_started_anew_does_not_know_the_old_process(nucleus: NucleusProcess, connect: Connect) -> None:
    old = dict(nucleus.environment)
    nucleus.kill()
    with pytest.raises(TransportLost, match=r"no nucleus answers at .*: the program ends"):
        connect(nucleus)
    nucleus.start()
    nucleus.environment, new = old, nucleus.environment
    with pytest.raises(TransportLost, match="the nucleus does not know this process"):
        connect(nucleus)
    nucleus.environment = new
    GreengrassTransport(connect(nucleus)).publish(ACK, b"")


def test_a_process_that_is_no_component() -> None:
    with pytest.raises(UsageError, match="is not set: only a nucleus sets them"):
        NucleusConnection({})


def test_a_subscription_that_the_nucleus_ends_is_noticed(nucleus: NucleusProcess, connect: Connect) -> None:
    transport = GreengrassTransport(connect(nucleus))
    transport.subscribe(ACK, Inbox())
    nucleus.tell("end", topic_filter=ACK)
    assert wait_until_lost(transport).startswith(f"the nucleus ended the subscription to {ACK}: the program ends")


def test_silent_subscriptions_are_made_anew(nucleus: NucleusProcess, connect: Connect) -> None:
    transport, inbox = GreengrassTransport(connect(nucleus)), Inbox()
    transport.subscribe(ACK, inbox)
    nucleus.tell("silence")
    transport.publish(ACK, b"into silence")
    transport.renew()
    assert nucleus.tell("state")["subscriptions"].count(ACK) <= 2
    transport.publish(ACK, b"heard")
    while inbox.next() != (ACK, b"heard"):
        pass
    assert nucleus.tell("state")["subscriptions"] == [ACK]
    assert transport.lost() is None


def test_while_the_cloud_is_away_messages_are_refused(
    broker: Broker, nucleus: NucleusProcess, connect: Connect
) -> None:
    transport, inbox = GreengrassTransport(connect(nucleus)), Inbox()
    transport.subscribe(ACK, inbox)
    broker.kill()
    until = time.monotonic() + SECONDS
    refused = False
    while not refused and time.monotonic() < until:
        try:
            transport.publish(ACK, b"lost or refused")
        except TransportError:
            refused = True
    assert refused
    assert transport.lost() is None
    broker.start()
    while time.monotonic() < until:
        try:
            transport.publish(ACK, b"back")
            break
        except TransportError:
            time.sleep(0.05)
    while inbox.next() != (ACK, b"back"):
        pass


def test_configuration_without_what_is_the_nucleuss_own(nucleus: NucleusProcess, connect: Connect) -> None:
    configured = GreengrassNucleus(connect(nucleus))
    assert configured.get_configuration() == {key: DEFAULTS[key] for key in ("cameras", "log", "status")}


def test_changed_configuration_is_read_again(nucleus: NucleusProcess, connect: Connect) -> None:
    configured = GreengrassNucleus(connect(nucleus))
    told: queue.Queue[None] = queue.Queue()
    configured.on_configuration_change(lambda: told.put(None))
    nucleus.tell("configure", merge={"log": {"level": "debug", "format": "json"}})
    for _ in range(2):
        told.get(timeout=SECONDS)
    assert configured.get_configuration()["log"] == {"level": "debug", "format": "json"}


def test_configuration_that_fits_into_no_message_is_read_in_parts(connect: Connect) -> None:
    def cameras(count: int) -> dict[str, Any]:
        return {f"camera-{number}": {"source": "s" * 200} for number in range(count)}

    document = {"cameras": cameras(30), "collections": cameras(15), "log": {"level": "info"}}
    assert len(json.dumps(document)) > 10_000
    with NucleusProcess(document) as nucleus:
        configured = GreengrassNucleus(connect(nucleus))
        assert configured.get_configuration() == document
        nucleus.tell("configure", merge={"cameras": cameras(50)})
        with pytest.raises(TransportError, match=r"'cameras' .*does not fit into one of its messages; shorten it"):
            configured.get_configuration()


def test_no_configuration_at_all(connect: Connect) -> None:
    with NucleusProcess({"a": 1}) as nucleus:
        nucleus.tell("configure", reset="")
        assert GreengrassNucleus(connect(nucleus)).get_configuration() == {}


def test_the_state_is_reported(nucleus: NucleusProcess, connect: Connect) -> None:
    configured = GreengrassNucleus(connect(nucleus))
    configured.report_state("RUNNING")
    configured.report_state("ERRORED")
    assert nucleus.tell("state")["states"] == ["RUNNING", "ERRORED"]
    nucleus.tell("refuse", operation="UpdateState", error="ServiceError")
    with pytest.raises(TransportError, match=r"the nucleus refused UpdateState to RUNNING \(ServiceError\)"):
        configured.report_state("RUNNING")
