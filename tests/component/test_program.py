"""The built component as a deployment has it: installed and run by its scripts, configured, asked, stopped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from argus import __version__
from argus.device.program.clock_set import clock_set
from tests.component.deployed import Deployed, deploy
from tests.component.site import Site

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def with_wheels(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The component with all that it needs, for this Python."""
    return deploy(root, tmp_path_factory.mktemp("component with wheels"), [PYTHON])


@pytest.fixture
def installed(with_wheels: Deployed, tmp_path: Path) -> Iterator[Site]:
    """A device right after its first deployment, without any configuration of its own."""
    python = Path(sys.base_prefix, "bin", f"python{PYTHON}")
    with Site(tmp_path / "site", with_wheels, {}, {"ARGUS_PYTHON": str(python)}) as made:
        done = made.component.install(made.environment)
        assert done.returncode == 0, done.stderr
        yield made


def test_from_the_installation_to_the_first_event_and_the_end(installed: Site, configuration: dict[str, Any]) -> None:
    made = installed
    made.start()
    assert made.comes_true(lambda: bool(made.cloud.statuses))
    assert (made.cloud.statuses[-1].software, made.cloud.statuses[-1].cameras) == (__version__, ())

    made.nucleus.tell("configure", merge=configuration)
    assert made.comes_true(lambda: len(made.cloud.events) >= 8)
    assert {event.kind for event in made.cloud.events.values()} == {"match", "unknown", "left"}
    assert {event.person.name for event in made.cloud.events.values() if event.person} == {"Barack Obama"}

    known = clock_set(datetime.now(timezone.utc))
    assert {event.device.clock_set for event in made.cloud.events.values()} == {known}

    made.nucleus.tell("configure", merge={"cameras": {"hall": {"rate": "often"}}, "alerts": {"cool_down_seconds": -1}})
    assert made.comes_true(lambda: made.cloud.statuses[-1].configuration.refused is not None)
    refused = str(made.cloud.statuses[-1].configuration.refused)
    assert "cameras.hall.rate" in refused and "alerts.cool_down_seconds" in refused, refused
    before = len(made.cloud.events)
    assert made.comes_true(lambda: len(made.cloud.events) >= before + 4)

    right = {"cameras": {"hall": {"rate": 25}, "door": configuration["cameras"]["hall"]}}
    made.nucleus.tell("configure", merge={**right, "alerts": {"cool_down_seconds": 60}})
    assert made.comes_true(lambda: made.cloud.cameras == {"hall", "door"})
    assert made.comes_true(lambda: made.cloud.statuses[-1].configuration.refused is None)

    asked = {name: made.cloud.command(name) for name in ("sync", "dance")}
    assert made.comes_true(lambda: set(asked.values()) <= made.cloud.replies.keys())
    assert made.cloud.replies[asked["sync"]].outcome == "done"
    assert made.cloud.replies[asked["dance"]].outcome == "unknown"

    assert made.component.stop() == 0
    assert made.comes_true(lambda: made.cloud.statuses[-1].state == "stopping")
    assert {one.id for one in made.cloud.statuses[-1].cameras if one.frames_processed} == {"hall", "door"}
    again = made.component.install(made.environment)
    assert (again.returncode, "is there already" in again.stdout) == (0, True), again
    made.drain()
    made.assert_all_arrived()
