"""Whatever is killed, and whenever: each event that was committed arrives, and is one."""

from __future__ import annotations

from typing import Any

from argus.storage.failpoints import EXIT_CODE, VARIABLE
from tests.component.cloud import UNTIDY
from tests.component.conftest import Sited
from tests.component.killing import WHOM, kill_at_random
from tests.component.s3 import pictures

KILLS = 20

FAILPOINTS = (
    "outbox.adding:3",
    "outbox.added:3",
    "outbox.published:2",
    "outbox.acknowledged:2",
    "outbox.let_go:2",
    "snapshot.uploading",
    "snapshot.uploaded",
)
"""Every step between a decision and the cloud's having it; the first ones not at the first event."""


def test_power_cuts_at_each_step(site: Sited, two_cameras: dict[str, Any], aws: str, bucket: str) -> None:
    """One after the other, so that each run begins with what the one before left."""
    made = site(
        {**two_cameras, "snapshots": {"keep": "all", "place": f"s3://{bucket}/seen"}}, {"AWS_ENDPOINT_URL": aws}
    )
    for failpoint in FAILPOINTS:
        made.start({VARIABLE: failpoint})
        assert made.component.wait() == EXIT_CODE, failpoint
    made.start()
    assert made.comes_true(lambda: len(made.cloud.events) > 2 * len(FAILPOINTS))
    made.drain()
    made.assert_all_arrived()
    events = made.cloud.events.values()
    assert pictures(bucket) == {event.snapshot for event in events if event.kind in ("match", "unknown")}


def test_random_kills(site: Sited, two_cameras: dict[str, Any]) -> None:
    made = site(two_cameras)
    made.cloud.manner = UNTIDY
    made.start()
    killed = kill_at_random(made, KILLS, seed=1)
    assert set(killed) == set(WHOM)
    made.drain()
    made.assert_all_arrived()
    assert len(made.cloud.events) > KILLS
    assert max(made.cloud.deliveries.values()) > 1, "nothing ever came twice: this proves little"
