"""A nucleus with a broker behind it, and a component's client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.broker import Broker, broker
from tests.nucleus import NucleusProcess

__all__ = ["broker"]  # a fixture, which pytest looks for here

THING = "thing-1"

DEFAULTS: dict[str, Any] = {
    "accessControl": {
        "aws.greengrass.ipc.mqttproxy": {
            "argus:mqtt:1": {
                "operations": ["aws.greengrass#PublishToIoTCore", "aws.greengrass#SubscribeToIoTCore"],
                "resources": ["argus/v1/*"],
            }
        },
        "aws.greengrass.ipc.pubsub": {
            "argus:pubsub:1": {
                "operations": ["aws.greengrass#PublishToTopic", "aws.greengrass#SubscribeToTopic"],
                "resources": ["argus/v1/*"],
            }
        },
    },
    "cameras": [{"id": "door", "source": "0", "rate": 2.5}],
    "log": {"level": "info", "format": "text"},
    "status": {"interval_seconds": 60},
}


@pytest.fixture
def nucleus(broker: Broker) -> Iterator[NucleusProcess]:
    """Has the cloud behind it, and allows ``argus/v1/*``."""
    with NucleusProcess(DEFAULTS, broker_port=broker.port, thing=THING) as running:
        yield running
