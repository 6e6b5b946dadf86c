"""Both brokers, and that nothing outlives whoever started it."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.local.broker import LocalBroker, find_mosquitto
from cloud_lambdas.local.mqtt import BrokerLink
from tests.waiting import until


@pytest.mark.parametrize("name", ["mosquitto", "amqtt"])
def test_messages_arrive_and_what_is_retained_stays(tmp_path: Path, name: str) -> None:
    mosquitto = find_mosquitto() if name == "mosquitto" else None
    if name == "mosquitto" and mosquitto is None:
        pytest.skip("mosquitto is not installed")
    heard: list[tuple[str, bytes]] = []
    with LocalBroker(tmp_path, mosquitto=mosquitto) as broker, BrokerLink(broker.port, "one") as one:
        assert broker.name == name
        one.publish("a/kept", b"1", retain=True)
        with BrokerLink(broker.port, "two") as two:
            two.subscribe("a/+", lambda topic, payload: heard.append((topic, payload)))
            one.publish("a/b", b"\xff")
            assert until(lambda: len(heard) == 2)
    assert sorted(heard) == [("a/b", b"\xff"), ("a/kept", b"1")]


def test_a_port_that_somebody_has_is_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    with (
        LocalBroker(one, mosquitto=find_mosquitto()) as broker,
        pytest.raises(UsageError, match=str(broker.port)),
        LocalBroker(other, broker.port, mosquitto=find_mosquitto()),
    ):
        pass
