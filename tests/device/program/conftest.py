"""A home to run the program in: people who are enrolled, and a clip in which they and strangers come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.broker import Broker, broker
from tests.component.clips import GAP_SECONDS, busy_clip
from tests.component.cloud import Cloud
from tests.device.program.device import THING, Device
from tests.rehearsed import enrol

__all__ = ["broker"]  # a fixture, which pytest looks for here


@pytest.fixture(scope="session")
def clip(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return busy_clip(tmp_path_factory.mktemp("clip") / "busy.mp4", portraits)


@pytest.fixture(scope="session")
def people(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with Barack Obama; not to be changed."""
    folder = tmp_path_factory.mktemp("enrolled") / "staff"
    enrol(folder, {"Barack Obama": [portraits / "obama.jpg"]})
    return folder


@pytest.fixture
def configuration(clip: Path, people: Path, tmp_path: Path) -> dict[str, Any]:
    """One camera, one collection, pictures into a folder."""
    return {
        "cameras": [{"id": "door", "source": str(clip), "loop": True, "min_face_px": 60, "rate": 25}],
        "collections": [{"id": "staff", "place": str(people)}],
        "recognition": {"visit_gap_seconds": GAP_SECONDS},
        "snapshots": {"keep": "unknown", "place": str(tmp_path / "pictures")},
        "status": {"interval_seconds": 5},
    }


@pytest.fixture
def cloud(broker: Broker) -> Iterator[Cloud]:
    with Cloud(broker.port, THING) as running:
        yield running


@pytest.fixture
def device(broker: Broker, cloud: Cloud, configuration: dict[str, Any], tmp_path: Path) -> Iterator[Device]:
    """At a broker, with its configuration in a file; not yet started."""
    at_a_broker = ("--config", "{folder}/device.json", "--mqtt", f"127.0.0.1:{broker.port}", "--thing", THING)
    with Device(tmp_path / "device", *at_a_broker) as made:
        made.configure(configuration)
        yield made
