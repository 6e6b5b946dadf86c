"""What the tests of alerts share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from cloud_lambdas.shared.clients import Clients
from tests.cloud.alerts.receiver import receiver
from tests.cloud.alerts.world import World, make_world


@pytest.fixture
def world(aws: str) -> Iterator[World]:
    """The function with everything that it needs."""
    with receiver() as webhook:
        yield make_world(webhook, _clients(aws))


@cache
def _clients(aws: str) -> Clients:
    """Of that server, for all tests: making them takes longer than most of the tests."""
    return Clients()
