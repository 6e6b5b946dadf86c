"""The program under a nucleus: its configuration, its neighbours, and the nucleus's end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argus.device.program.program import ExitCode
from tests.broker import Broker
from tests.component.cloud import Cloud
from tests.device.program.device import THING, Device
from tests.nucleus import NucleusProcess, default_configuration


@pytest.fixture
def nucleus(root: Path, broker: Broker) -> Iterator[NucleusProcess]:
    defaults = default_configuration(root / "recipes" / "argus.FaceRecognizer.yaml")
    with NucleusProcess(defaults, broker_port=broker.port, thing=THING) as running:
        yield running


@pytest.fixture
def component(nucleus: NucleusProcess, cloud: Cloud, tmp_path: Path) -> Iterator[Device]:
    """Knows of the nucleus what a component does; not yet started."""
    with Device(tmp_path / "component") as made:
        made.environment = nucleus.environment
        yield made


def by_id(configuration: dict[str, Any]) -> dict[str, Any]:
    """As deployments have it: cameras and collections by their ids."""
    maps = {name: {one["id"]: one for one in configuration[name]} for name in ("cameras", "collections")}
    return {**configuration, **maps}


def test_deployments_are_applied_while_it_runs_and_neighbours_are_told(
    component: Device, nucleus: NucleusProcess, cloud: Cloud, configuration: dict[str, Any]
) -> None:
    component.start()
    component.wait_for(lambda: cloud.statuses != [], "a status")
    assert cloud.statuses[0].cameras == () and cloud.statuses[0].state == "running"
    component.wait_for(lambda: nucleus.tell("state")["states"] == ["RUNNING"], "its state")
    nucleus.tell("configure", merge=by_id(configuration))
    component.wait_for(
        lambda: {"match", "unknown", "left"} <= {one.kind for one in list(cloud.events.values())}, "visits"
    )
    assert component.log.count("is in force") == 2  # the defaults, and all keys of the deployment at once
    assert cloud.statuses[-1].transport == "greengrass"
    local = {request["topic"] for operation, request in nucleus.tell("requests") if operation == "PublishToTopic"}
    assert local >= {f"argus/v1/{kind}/{THING}/door" for kind in ("match", "unknown", "left")}

    nucleus.tell("configure", merge={"cameras": {"door": {"min_face_px": 5}}})
    component.wait_for(lambda: cloud.statuses[-1].configuration.refused is not None, "a refusal")
    refusal = cloud.statuses[-1].configuration.refused or ""
    assert refusal == "cameras.door.min_face_px: must be a whole number from 20 to 1000, not 5"
    nucleus.tell("configure", merge={"cameras": {"door": {"min_face_px": 60}}})
    component.wait_for(lambda: cloud.statuses[-1].configuration.refused is None, "peace")
    assert component.stop() == ExitCode.ASKED


def test_a_lost_nucleus_ends_it_and_it_begins_where_it_was(
    component: Device, nucleus: NucleusProcess, cloud: Cloud, configuration: dict[str, Any]
) -> None:
    nucleus.tell("configure", merge=by_id(configuration))
    component.start()
    component.wait_for(lambda: len(cloud.events) >= 2, "events")
    nucleus.kill()
    began = time.monotonic()
    assert component.wait() == ExitCode.LOST
    assert time.monotonic() - began < 8
    assert component.log.count(": the program ends, to be started anew") == 1 and "Traceback" not in component.log
    component.start()
    assert component.wait() == ExitCode.LOST  # nobody is there
    nucleus.start()
    component.environment = nucleus.environment
    before = set(cloud.events)
    component.start()
    component.wait_for(lambda: set(cloud.events) > before, "more events")
    component.wait_for(lambda: sorted(cloud.numbers) == list(range(1, max(cloud.numbers) + 1)), "those in between")
    assert component.stop() == ExitCode.ASKED and not cloud.faults
