"""The message to oneself, through a nucleus whose subscriptions go silent."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from argus.core import topics
from argus.device.adapters.greengrass import GreengrassTransport
from argus.device.adapters.greengrass_ipc import NucleusConnection
from argus.device.program.canary import INTERVAL_SECONDS, PATIENCE_SECONDS, SETTLED_SECONDS, Canary
from tests.broker import Broker
from tests.device.transport.conftest import DEFAULTS, THING
from tests.device.transport.heard import MovedClock, Overheard
from tests.nucleus import NucleusProcess

TOPIC = topics.canary(THING)


@pytest.fixture
def transport(nucleus: NucleusProcess) -> Iterator[Overheard]:
    connection = NucleusConnection(nucleus.environment)
    yield Overheard(GreengrassTransport(connection, pauses_seconds=()))
    connection.close()


class Flight:
    """A canary, its clock, and the nucleus that it flies through."""

    def __init__(
        self, transport: Overheard, nucleus: NucleusProcess, *, ends: bool = True, settled: float = 0.0
    ) -> None:
        self.clock = MovedClock()
        self.canary = Canary(transport, THING, self.clock, ends=ends, settled_seconds=settled)
        self.canary.subscribe()
        self._transport = transport
        self._nucleus = nucleus

    def after(self, seconds: float) -> Flight:
        self.clock.seconds += seconds
        self.canary.tick()
        return self

    def comes_back(self) -> None:
        assert self._transport.inbox.next()[0] == TOPIC

    def speaks_again(self) -> None:
        while self.canary.silent():  # an older one may be on its way still
            self.comes_back()

    def sent(self) -> int:
        return sum(operation == "PublishToIoTCore" for operation, _ in self._nucleus.tell("requests"))

    def subscribed(self) -> int:
        return sum(operation == "SubscribeToIoTCore" for operation, _ in self._nucleus.tell("requests"))


def test_one_that_comes_back_is_no_news(transport: Overheard, nucleus: NucleusProcess) -> None:
    flight = Flight(transport, nucleus)
    flight.after(0).comes_back()
    flight.after(PATIENCE_SECONDS).after(INTERVAL_SECONDS - PATIENCE_SECONDS - 1)
    assert (flight.sent(), flight.canary.silent()) == (1, False)
    flight.after(1).comes_back()
    assert (flight.sent(), flight.canary.silent(), flight.canary.lost()) == (2, False, None)


def test_a_silent_subscription_is_made_anew(transport: Overheard, nucleus: NucleusProcess) -> None:
    flight = Flight(transport, nucleus)
    flight.after(0).comes_back()
    nucleus.tell("silence")
    flight.after(INTERVAL_SECONDS)
    assert not flight.canary.silent()
    flight.after(PATIENCE_SECONDS)
    assert (flight.canary.silent(), flight.subscribed()) == (True, 1)
    flight.after(PATIENCE_SECONDS).speaks_again()
    assert (flight.subscribed(), flight.canary.lost()) == (2, None)


@pytest.mark.parametrize("ends", [True, False])
def test_where_that_does_not_help_the_program_ends(transport: Overheard, nucleus: NucleusProcess, ends: bool) -> None:
    flight = Flight(transport, nucleus, ends=ends)
    flight.after(0).comes_back()
    nucleus.tell("silence", lasting=True)
    flight.after(INTERVAL_SECONDS).after(PATIENCE_SECONDS).after(PATIENCE_SECONDS)
    assert flight.canary.lost() is None
    flight.after(PATIENCE_SECONDS)
    assert (flight.canary.lost() or "").startswith("publishing works and nothing comes back") is ends
    nucleus.tell("speak")
    flight.after(PATIENCE_SECONDS).after(INTERVAL_SECONDS).speaks_again()


def test_it_does_not_end_so_often_that_the_nucleus_gives_it_up(transport: Overheard, nucleus: NucleusProcess) -> None:
    flight = Flight(transport, nucleus, settled=SETTLED_SECONDS)
    flight.after(0).comes_back()
    nucleus.tell("silence", lasting=True)
    flight.after(INTERVAL_SECONDS)
    began = flight.clock.seconds
    while flight.clock.seconds < began + SETTLED_SECONDS - INTERVAL_SECONDS - PATIENCE_SECONDS:
        assert flight.after(PATIENCE_SECONDS).canary.lost() is None
    while flight.clock.seconds < began + SETTLED_SECONDS + INTERVAL_SECONDS:
        flight.after(PATIENCE_SECONDS)
    assert flight.canary.lost() is not None


def test_a_program_that_starts_without_network_does_not_end_again_and_again(broker: Broker) -> None:
    with NucleusProcess(DEFAULTS, broker_port=broker.port, classic=True, thing=THING) as nucleus:
        broker.kill()
        connection = NucleusConnection(nucleus.environment)
        transport = Overheard(GreengrassTransport(connection, pauses_seconds=()))
        flight = Flight(transport, nucleus)
        flight.after(0)
        for _ in range(20):
            flight.after(PATIENCE_SECONDS)
        assert (flight.canary.silent(), flight.canary.lost()) == (True, None)
        assert flight.sent() <= 3 + 20 * PATIENCE_SECONDS / INTERVAL_SECONDS
        broker.start()
        flight.after(INTERVAL_SECONDS).comes_back()
        connection.close()


def test_what_cannot_be_sent_is_not_missed(transport: Overheard, nucleus: NucleusProcess) -> None:
    flight = Flight(transport, nucleus)
    nucleus.tell("refuse", operation="PublishToIoTCore", error="ServiceError", times=100)
    flight.after(0)
    for _ in range(10):
        flight.after(PATIENCE_SECONDS)
    assert (flight.canary.silent(), flight.canary.lost(), flight.subscribed()) == (False, None, 1)


def test_an_older_one_that_comes_late_is_not_taken_for_the_newest(
    transport: Overheard, nucleus: NucleusProcess
) -> None:
    flight = Flight(transport, nucleus)
    nucleus.tell("hold")
    flight.after(0).after(PATIENCE_SECONDS)
    nucleus.tell("release")
    flight.comes_back()
    flight.comes_back()
    assert not flight.canary.silent()
    transport.publish(TOPIC, b"of another run")
    flight.after(INTERVAL_SECONDS).comes_back()
    assert transport.inbox.next() and not flight.canary.silent()
    with pytest.raises(queue.Empty):
        transport.inbox.get_nowait()
