"""docs/cloud.md says what is: messages, kinds, states, deadlines, and invocations that are taken."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest

from cloud_lambdas.devices.device import GRACE, TROUBLES, News, first_heard
from cloud_lambdas.devices.text import alarm_text
from cloud_lambdas.shared.device_commands import WAIT_SECONDS, State, decode_request
from tests.cloud.devices.world import after, golden

SILENT_AT = datetime(2026, 5, 1, 14, 3, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def section(root: Path) -> str:
    text = (root / "docs" / "cloud.md").read_text(encoding="utf-8")
    return text.partition("\n## Devices\n")[2].partition("\n## ")[0]


def test_messages_are_as_they_are_sent(section: str) -> None:
    cameras = tuple(replace(golden("status").cameras[0], id=id_) for id_ in ("door", "yard"))
    refused = replace(golden("status").collections[1], id="people", version="v", sequence=17)
    device = first_heard(
        "hall-1", after(0, cameras=cameras, collections=(refused,), next_within_seconds=120.0), SILENT_AT
    )
    back = replace(device, last_seen_at=SILENT_AT + timedelta(minutes=28))
    for trouble in TROUBLES:
        for over in (False, True):
            text = alarm_text(back if over else device, News(trouble, SILENT_AT, over))
            assert f"| `{trouble}{'_over' * over}` | {text} |" in section
    assert f"{GRACE.total_seconds():g} s after a promise is broken" in section


def test_invocations_are_taken(section: str) -> None:
    payloads = re.findall(r"--payload '([^']+)'", section) + re.findall(r"`(\{\"command\"[^`]+)`", section)
    assert len(payloads) == 3
    for payload in payloads:
        decode_request(json.loads(payload))


def test_states_and_deadlines_are_those_of_the_function(section: str) -> None:
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", section, re.MULTILINE)
    assert set(get_args(State)) <= {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert f"else {WAIT_SECONDS['sync']} for `sync`, {WAIT_SECONDS['snapshot']} for" in section
    assert {WAIT_SECONDS["log-level"], WAIT_SECONDS["preview"]} == {45}
    assert "`snapshot`, 45 for the others" in section
