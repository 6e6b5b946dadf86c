"""Without the cloud for a while, and what waits then."""

from __future__ import annotations

import time
from typing import Any

from tests.component.conftest import Sited
from tests.component.stock import stock

AWAY_SECONDS = 3.0
"""``scripts/bench component --away 300`` stays away for minutes."""

STOCK = 300
"""``scripts/bench component`` drains ten thousand."""


def test_while_the_broker_is_away_events_wait(site: Sited, configuration: dict[str, Any]) -> None:
    made = site(configuration)
    made.start()
    assert made.comes_true(lambda: len(made.cloud.events) > 0)
    made.broker.kill()
    before = made.component.outbox().committed
    time.sleep(AWAY_SECONDS)
    assert made.comes_true(lambda: made.component.outbox().committed >= before + 4)
    heard = len(made.cloud.events)
    assert made.component.outbox().waiting >= 4
    made.broker.start()
    assert made.comes_true(lambda: len(made.cloud.events) > heard)
    assert made.component.runs
    made.drain()
    made.assert_all_arrived()


def test_what_waited_for_long_is_drained(site: Sited) -> None:
    made = site({})
    stock(made.component.work / "state", STOCK)
    made.start()
    assert made.comes_true(lambda: made.component.outbox().waiting == 0, 90)
    made.assert_all_arrived()
    assert len(made.cloud.events) == STOCK
    assert made.component.stop() == 0
