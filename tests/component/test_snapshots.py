"""Pictures on their way to S3, with the credentials of the token exchange."""

from __future__ import annotations

from typing import Any

from tests.component.conftest import Sited
from tests.component.s3 import SlowWay, pictures
from tests.component.site import Site


def tells(made: Site, count: int = 4) -> bool:
    """Whether events go on arriving."""
    before = len(made.cloud.events)
    return made.comes_true(lambda: len(made.cloud.events) >= before + count)


def test_neither_credentials_nor_s3_keep_events_back(
    site: Sited, configuration: dict[str, Any], aws: str, bucket: str
) -> None:
    """No credentials at first, as at boot; then an S3 that takes its time; then one that breaks off."""
    with SlowWay(aws) as way:
        snapshots = {"keep": "all", "place": f"s3://{bucket}"}
        made = site({**configuration, "snapshots": snapshots}, {"AWS_ENDPOINT_URL": way.url})
        made.nucleus.tell("credentials", mode="null")
        made.start()
        assert tells(made)
        assert made.comes_true(lambda: any(status.snapshots.last_error for status in made.cloud.statuses))
        assert made.cloud.statuses[-1].state == "degraded"
        assert pictures(bucket) == set()

        way.slow()
        made.nucleus.tell("credentials", mode="given")
        assert tells(made)

        way.cut_after(0)
        way.quick()
        assert tells(made)
        assert made.component.outbox().snapshots > 0

        way.cut_after(None)
        made.drain()
        made.assert_all_arrived()
        events = made.cloud.events.values()
        assert pictures(bucket) == {event.snapshot for event in events if event.kind in ("match", "unknown")}
