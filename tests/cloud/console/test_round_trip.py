"""``argus cloud check --send``: an event through the whole local cloud, and what happens where it does not come."""

from __future__ import annotations

from typing import Any

from cloud_lambdas.console.check.account import Account
from cloud_lambdas.console.check.round_trip import check_round_trip
from cloud_lambdas.console.stack import find_stack
from cloud_lambdas.local.compose import LocalCloud
from tests.cloud.console.conftest import Ask
from tests.waiting import until


def left_of(cloud: LocalCloud) -> list[Any]:
    """Sightings and audit objects of the device that does not exist."""
    items = cloud.client("dynamodb").scan(TableName=cloud.outputs["SightingsTable"])["Items"]
    versions = cloud.client("s3").list_object_versions(Bucket=cloud.outputs["AuditBucket"])
    return [item for item in items if item["thing"]["S"] == "argus-check"] + [
        one for one in versions.get("Versions", []) + versions.get("DeleteMarkers", []) if "argus-check" in one["Key"]
    ]


def test_an_event_goes_the_whole_way_and_leaves_nothing(cloud: LocalCloud, ask: Ask) -> None:
    before = left_of(cloud)
    code, found = ask("check", "--send")
    trip = [one for one in found if one["topic"] == "round trip"]
    assert [one["state"] for one in trip] == ["ok", "ok", "note"]
    assert trip[0]["what"].startswith("an event on argus/v1/unknown/argus-check/check was a sighting after ")
    assert trip[1]["what"].startswith("its alert was sent after ")
    assert trip[2]["what"] == "the sighting was deleted again, with its audit objects (1)"
    assert code == 0
    assert left_of(cloud) == before


def test_an_event_that_does_not_come_in_time_is_a_fault(cloud: LocalCloud) -> None:
    before = left_of(cloud)
    (trip,) = check_round_trip(Account(find_stack()), wait_seconds=0)
    assert trip.state == "fault"
    assert trip.what == "an event on argus/v1/unknown/argus-check/check has not become a sighting within 0 s"
    assert until(lambda: len(left_of(cloud)) == len(before) + 2)  # it comes nevertheless
