"""The built component from its first event to its end."""

from __future__ import annotations

from typing import Any

from tests.component.conftest import Sited


def test_it_tells_of_whom_it_sees(site: Sited, configuration: dict[str, Any]) -> None:
    made = site(configuration)
    made.start()
    assert made.comes_true(lambda: len(made.cloud.events) >= 12)
    assert {event.kind for event in made.cloud.events.values()} == {"match", "unknown", "left"}
    assert {event.person.name for event in made.cloud.events.values() if event.person} == {"Barack Obama"}
    made.drain()
    made.assert_all_arrived()
    assert made.comes_true(lambda: made.cloud.statuses[-1].state == "stopping")
