"""How long alerts took, by when the function itself says that it told people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from cloud_lambdas.alerts.table import TOLD
from cloud_lambdas.sightings.sighting import Sighting


def capture_to_alert_ms(log: str, sightings: Iterable[Sighting]) -> list[int]:
    """From each picture's capture until people had been told of it; of alerts in the functions' log."""
    captured = {one.event.event_id: one.event.captured_at for one in sightings}
    took = []
    for line in log.splitlines():
        if '"message":"alert"' in line and line.endswith("}"):
            said = json.loads(line)
            if said["event_id"] in captured and said["state"] in TOLD:
                told_at = datetime.strptime(said["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z")
                took.append(round((told_at - captured[said["event_id"]]).total_seconds() * 1000))
    return took


def share(values: Sequence[int], part: float) -> int:
    """The value that ``part`` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def told(values: Sequence[int]) -> str:
    """In one line."""
    return f"from the capture to the alert: p50 {share(values, 0.5)} ms, p95 {share(values, 0.95)} ms of {len(values)}"
