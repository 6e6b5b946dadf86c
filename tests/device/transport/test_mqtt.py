"""Messages straight to a broker: mosquitto where it is installed, and amqtt."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from awscrt.mqtt import Client, Connection

from argus.core.errors import UsageError
from argus.device.adapters.mqtt import MqttTransport
from argus.device.adapters.mqtt_access import MqttAccess
from argus.device.transport import TransportError
from cloud_lambdas.local.broker import free_port
from tests.authority import Authority
from tests.broker import Access, Amqtt, Broker, Mosquitto
from tests.device.transport.heard import SECONDS, Inbox

ACK = "argus/v1/ack/thing-1"

Connect = Callable[..., MqttTransport]
Start = Callable[..., Broker]


@pytest.fixture
def connect() -> Iterator[Connect]:
    transports = []

    def connected(
        broker: Broker, thing: str = "thing-1", *, now: bool = True, answer_seconds: float = SECONDS, **given: object
    ) -> MqttTransport:
        access = MqttAccess("127.0.0.1", broker.port, thing, **given)  # type: ignore[arg-type]
        transports.append(MqttTransport(access, answer_seconds=answer_seconds))
        if now:
            transports[-1].connect()
        return transports[-1]

    yield connected
    for transport in transports:
        transport.close()


@pytest.fixture(params=[Mosquitto, Amqtt])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts a broker of each kind."""
    brokers: list[Broker] = []

    def started(access: Access | None = None) -> Broker:
        folder = tmp_path / "broker"
        folder.mkdir()
        brokers.append(request.param(folder, access or Access()))
        brokers[-1].start()
        return brokers[-1]

    yield started
    for broker in brokers:
        broker.kill()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def tls_broker(authority: Authority, tmp_path: Path) -> Iterator[Broker]:
    """Mosquitto, which wants a certificate of its clients, as AWS IoT does."""
    certificate, key = authority.signed("broker")
    folder = tmp_path / "broker"
    folder.mkdir()
    with Mosquitto(folder, Access(authority=authority.path, certificate=certificate, key=key)) as running:
        yield running


def publish_until_taken(transport: MqttTransport, topic: str, payload: bytes) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            transport.publish(topic, payload)
            return
        except TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def refusal(transport: MqttTransport) -> str:
    with pytest.raises(TransportError) as caught:
        transport.connect()
    return str(caught.value)


def test_messages_go_and_come(start: Start, connect: Connect) -> None:
    broker, inbox = start(), Inbox()
    transport = connect(broker)
    transport.subscribe("argus/v1/ack/+", inbox)
    for payload in (b"{}", b"", b"\x00\xff" * 3000):
        transport.publish(ACK, payload)
        assert inbox.next() == (ACK, payload)
    transport.publish_locally(ACK, b"the broker has it already")
    assert inbox.empty()
    assert transport.lost() is None


def test_what_is_retained_comes_to_who_subscribes_later(start: Start, connect: Connect) -> None:
    broker, inbox = start(), Inbox()
    connect(broker).publish("argus/v1/head/staff", b"head", retain=True)
    connect(broker, "thing-2").subscribe("argus/v1/head/staff", inbox)
    assert inbox.next() == ("argus/v1/head/staff", b"head")


def test_a_broker_that_comes_back_is_found_again(start: Start, connect: Connect) -> None:
    broker, inbox = start(), Inbox()
    transport = connect(broker, answer_seconds=1.0)
    transport.subscribe(ACK, inbox)
    broker.kill()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            transport.publish(ACK, b"lost, or refused")
        except TransportError as error:
            refused = str(error)
            if "127.0.0.1" in refused and "did not take" not in refused:
                break
    assert "broke" in refused or "nobody listens" in refused
    assert transport.lost() is None
    broker.start()
    publish_until_taken(transport, ACK, b"back")
    while inbox.next() != (ACK, b"back"):
        pass


def test_a_broker_that_is_not_there_yet_is_waited_for(tmp_path: Path, connect: Connect) -> None:
    broker, inbox = Amqtt(tmp_path), Inbox()
    transport = connect(broker, now=False)
    with pytest.raises(TransportError, match="there is no connection"):
        transport.publish(ACK, b"")
    transport.subscribe(ACK, inbox)
    assert refusal(transport) == (
        f"nobody listens at 127.0.0.1:{broker.port}: check host and port, and that the broker runs"
    )
    with broker:
        publish_until_taken(transport, ACK, b"now")
        assert inbox.next() == (ACK, b"now")


def test_what_comes_while_the_device_is_away_waits_at_the_broker(
    start: Start, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("secret\n")
    who = {"user": "argus", "password_file": tmp_path / "password"}
    broker, inbox = start(Access("argus", "secret")), Inbox()  # amqtt keeps nothing for the anonymous
    first = connect(broker, **who)
    first.subscribe(ACK, Inbox())
    first.close()
    connect(broker, "cloud", **who).publish(ACK, b"while you were out")
    second = connect(broker, **who)
    second.subscribe(ACK, inbox)
    assert inbox.next() == (ACK, b"while you were out")


def test_subscriptions_that_the_broker_forgot_are_made_anew(connect: Connect, tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        transport, inbox = connect(broker), Inbox()
        transport.subscribe(ACK, inbox)
        # One of the same name: the broker parts with the first, and forgets its session.
        other = Connection(Client(), "127.0.0.1", broker.port, "thing-1", clean_session=True, disable_metrics=True)
        other.connect().result(SECONDS)
        other.disconnect().result(SECONDS)
        until = time.monotonic() + SECONDS
        while inbox.empty() and time.monotonic() < until:
            publish_until_taken(transport, ACK, b"here")
        assert inbox.next() == (ACK, b"here")


def test_subscriptions_may_be_made_anew_at_any_time(start: Start, connect: Connect) -> None:
    transport, inbox = connect(start()), Inbox()
    transport.subscribe(ACK, inbox)
    transport.renew()
    transport.publish(ACK, b"still")
    assert inbox.next() == (ACK, b"still")


def test_user_and_password(start: Start, connect: Connect, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("secret\n")
    bad.write_text("guessed\n")
    broker = start(Access("argus", "secret"))
    connect(broker, user="argus", password_file=good).publish(ACK, b"")
    told = refusal(connect(broker, "thing-2", now=False, user="argus", password_file=bad))
    assert told == f"the broker at 127.0.0.1:{broker.port} refuses thing-2: check user, password and its permissions"
    assert "guessed" not in told


def test_certificates_on_both_sides(tls_broker: Broker, authority: Authority, connect: Connect) -> None:
    certificate, key = authority.signed("thing-1")
    inbox = Inbox()
    transport = connect(tls_broker, certificate=certificate, key=key, authority=authority.path)
    transport.subscribe(ACK, inbox)
    transport.publish(ACK, b"sealed")
    assert inbox.next() == (ACK, b"sealed")


def test_certificates_that_somebody_else_signed(
    tls_broker: Broker, authority: Authority, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    where = f"127.0.0.1:{tls_broker.port}"
    certificate, key = other.signed("thing-1")
    told = refusal(connect(tls_broker, now=False, certificate=certificate, key=key, authority=authority.path))
    assert told == f"the broker at {where} broke off: check that it accepts this device's certificate"


def test_a_broker_that_somebody_else_vouches_for(tls_broker: Broker, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    certificate, key = authority.signed("thing-1")
    access = MqttAccess("127.0.0.1", tls_broker.port, "thing-1", certificate, key, other.path)
    transport = MqttTransport(access, answer_seconds=1.0)
    told = refusal(transport)
    assert told.startswith(f"the certificate of 127.0.0.1:{tls_broker.port} is not trusted (")
    assert "check the authority's file" in told
    transport.close()


def test_a_host_that_is_none_and_a_server_that_is_no_broker() -> None:
    nowhere = MqttTransport(MqttAccess("nowhere.invalid", 1883, "thing-1", plain=True))
    assert refusal(nowhere) == "the host nowhere.invalid is not known: check its name and the network"
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        transport = MqttTransport(MqttAccess("127.0.0.1", port, "thing-1"), answer_seconds=0.5)
        assert refusal(transport).startswith(f"127.0.0.1:{port} ")
        transport.close()
    nowhere.close()


def test_an_attempt_that_fails_after_the_end_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        transport = MqttTransport(MqttAccess("127.0.0.1", mute.getsockname()[1], "thing-1"), answer_seconds=0.5)
        others = threading.enumerate()
        refusal(transport)
        attempts = [one for one in threading.enumerate() if one.name == "mqtt connect" and one not in others]
        assert attempts
        transport.close()
        caplog.clear()
    for attempt in attempts:
        attempt.join(SECONDS)
        assert not attempt.is_alive()
    assert not caplog.records


def test_a_broker_that_hangs_is_not_waited_for(start: Start) -> None:
    broker = start()
    with socket.create_server(("127.0.0.1", 0)) as door:
        relay = _Relay(door, broker.port)
        transport = MqttTransport(MqttAccess("127.0.0.1", door.getsockname()[1], "thing-1"), answer_seconds=1.0)
        transport.connect()
        relay.stuck.set()
        with pytest.raises(TransportError, match=f"did not take the message to {ACK}"):
            transport.publish(ACK, b"")
        transport.close()
        relay.end()


class _Relay:
    """Hands bytes on between one client and a broker, until it is stuck."""

    def __init__(self, door: socket.socket, port: int) -> None:
        self.stuck = threading.Event()
        self._sockets: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, args=(door, port), daemon=True)
        self._thread.start()

    def end(self) -> None:
        for end in self._sockets:
            end.close()

    def _serve(self, door: socket.socket, port: int) -> None:
        client, _ = door.accept()
        broker = socket.create_connection(("127.0.0.1", port))
        self._sockets = [client, broker]
        for source, sink in ((client, broker), (broker, client)):
            threading.Thread(target=self._hand_on, args=(source, sink), daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(4096):
                if not self.stuck.is_set():
                    sink.sendall(data)
        except OSError:
            return


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"certificate": Path("c.pem")}, "a certificate and its key belong together"),
        ({"user": "argus"}, "a user and a password file belong together"),
        ({"plain": True, "authority": Path("a.pem")}, "certificates need TLS"),
    ],
)
def test_halves_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        MqttAccess("broker.example", 8883, "thing-1", **given)  # type: ignore[arg-type]


def test_files_that_are_missing_or_something_else(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.signed("thing-1")
    _, other_key = authority.signed("thing-2")
    port, garbage = free_port(), tmp_path / "garbage"
    garbage.write_text("not PEM")
    for access in (
        MqttAccess("h", port, "t", tmp_path / "missing", key),
        MqttAccess("h", port, "t", garbage, key),
        MqttAccess("h", port, "t", certificate, other_key),
        MqttAccess("h", port, "t", authority=garbage),
    ):
        with pytest.raises(UsageError, match=r"there is no file .*missing|not a certificate, its key and an authority"):
            MqttTransport(access)
    with pytest.raises(UsageError, match=r"the password file .* cannot be read"):
        MqttTransport(MqttAccess("127.0.0.1", port, "t", user="u", password_file=tmp_path / "missing"))


@pytest.mark.parametrize(
    ("host", "given", "encrypted"),
    [
        ("broker.example", {}, True),
        ("broker.example", {"plain": True}, False),
        ("10.0.0.5", {}, True),
        ("127.0.0.1", {}, False),
        ("::1", {}, False),
        ("localhost", {}, False),
        ("127.0.0.1", {"authority": Path("a.pem")}, True),
    ],
)
def test_without_tls_only_on_request_or_to_this_machine(host: str, given: dict[str, object], encrypted: bool) -> None:
    assert MqttAccess(host, 1883, "thing-1", **given).encrypted is encrypted  # type: ignore[arg-type]
