"""``argus watch --fast``, as a worker of ``scripts/bench clip``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from argus.core.events import to_json_value
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.open_source import open_source
from argus.device.compose import WatchSettings, build_watcher, open_people
from argus.vision.images import read_image
from argus.vision.networks import Networks
from scripts.benchmarks.worker import Loop, report


def load(clip: Path, _people: Path, collection: Path) -> Loop:
    networks = Networks.load()
    watcher = build_watcher(WatchSettings(), networks, open_people(collection, networks.calibration))

    def loop() -> tuple[int, list[dict[str, Any]]]:
        source = open_source(str(clip), camera_id="camera", clock=SystemClock(), decode_image=read_image, fast=True)
        events = [to_json_value(event) for event in watcher.watch(source)]
        return watcher.channel.pipeline.counters.frames, events

    return loop


if __name__ == "__main__":
    report(load)
