"""The device's own heartbeat and commands, over a real broker and the project's own template."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from argus.core import topics
from argus.core.status import ConfigurationState, QueueState
from argus.device.adapters.clock import SystemClock
from argus.device.program.clocks import Clocks, boot_id
from argus.device.program.commands import Answer, CommandRunner, Order
from argus.device.program.crew import Crew
from argus.device.program.heartbeat import Heartbeat, Vitals
from cloud_lambdas.devices.device import Device
from cloud_lambdas.devices.devices_table import DevicesTable
from cloud_lambdas.local.compose import LocalCloud, local_cloud
from cloud_lambdas.local.mqtt import BrokerLink
from cloud_lambdas.shared import device_commands as asking
from cloud_lambdas.shared.device_commands import CommandState, StateOf, decode_answer, encode_request
from tests.waiting import until

THING = "hall-1"
NOTHING = QueueState(waiting=0, oldest_seconds=None, delivered=0, dropped=0)
VITALS = Vitals(
    cameras=lambda: (),
    collections=lambda: (),
    configuration=lambda: ConfigurationState("c1", None),
    latency=lambda: None,
    silent=lambda: False,
    queues=lambda instant: (NOTHING, NOTHING),
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with local_cloud() as running:
        yield running


@contextmanager
def device(cloud: LocalCloud) -> Iterator[None]:
    """What the device's program is made of, as far as it speaks of itself and hears commands."""

    def level(arguments: Mapping[str, str]) -> Answer:
        return Answer(dict(arguments))

    clock, crew, stop = SystemClock(), Crew(lambda: None), threading.Event()
    clocks = Clocks(clock, boot_id())
    with BrokerLink(cloud.mqtt_port, THING) as link:
        heartbeat = Heartbeat(
            THING,
            "mqtt",
            VITALS,
            publish=lambda message: link.publish(topics.status(THING), message),
            interval_seconds=lambda: 60.0,
            clock=clock,
            instant=clocks.now,
        )
        runner = CommandRunner(
            THING,
            {"log-level": Order(level, ("level", "minutes"))},
            publish=link.publish,
            clock=clock,
            clock_set=clocks.clock_set,
            start=crew.start,
        )
        link.subscribe(topics.commands(THING), runner.heard)
        threads = [crew.start("commands", lambda: runner.run(stop)), crew.start("beat", lambda: heartbeat.run(stop))]
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def known(cloud: LocalCloud) -> Device | None:
    return DevicesTable(cloud.client("dynamodb"), cloud.outputs["DevicesTable"]).find(THING)


def ask(cloud: LocalCloud, request: asking.Request) -> CommandState:
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.outputs["DevicesFunction"], Payload=encode_request(request)
    )
    assert "FunctionError" not in answer
    return decode_answer(answer["Payload"].read())


def settled(cloud: LocalCloud, name: str, arguments: dict[str, str]) -> CommandState:
    """Asks until the reply is there."""
    sent = ask(cloud, asking.Order(THING, name, arguments))
    question = StateOf(THING, sent.command_id)
    return until(lambda: one if (one := ask(cloud, question)).state not in asking.UNSETTLED else None) or sent


def test_a_device_is_known_by_its_heartbeat_answers_commands_and_says_goodbye(cloud: LocalCloud) -> None:
    with device(cloud):
        status = until(lambda: known(cloud))
        assert status is not None
        assert status.newest is not None
        assert (status.newest.state, status.promised_until is None) == ("running", False)
        done = settled(cloud, "log-level", {"level": "debug", "minutes": "5"})
        assert (done.state, done.outcome, done.result) == ("replied", "done", {"level": "debug", "minutes": "5"})
        strange = settled(cloud, "sync", {})
        assert (strange.state, strange.outcome) == ("replied", "unknown")
    stopped = until(lambda: one if (one := known(cloud)) and one.newest and one.newest.state == "stopping" else None)
    assert stopped is not None
    assert stopped.promised_until is None
