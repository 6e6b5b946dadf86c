"""A function that is killed between any two steps completes when the batch comes again, and repeats nothing."""

from __future__ import annotations

import pytest

from argus.storage.failpoints import EXIT_CODE
from tests.cloud.calls import batch
from tests.cloud.once import killed_at
from tests.cloud.sightings.world import World, golden, message_of

MATCH, REVISED, LEFT = (golden(name) for name in ("match", "match_revised", "left"))

BODIES = (message_of(MATCH), message_of(REVISED), message_of(LEFT))


def run(world: World, failpoint: str, *bodies: str) -> int:
    """The function in a process of its own that ends at the failpoint; its exit code."""
    return killed_at(failpoint, "sightings", world.environment, batch(*bodies))


@pytest.mark.parametrize(
    "failpoint",
    [
        "cloud.sighting.stored",
        "cloud.sighting.audited:2",
        "cloud.sighting.revised",
        "cloud.sighting.alerted",
        "cloud.sighting.settled:2",
        "cloud.sighting.acknowledged",
    ],
)
def test_what_was_begun_is_completed_and_nothing_is_done_twice(world: World, failpoint: str) -> None:
    assert run(world, failpoint, *BODIES) == EXIT_CODE
    if failpoint != "cloud.sighting.acknowledged":
        assert world.devices.published == []
    stored_first = world.sighting(MATCH)
    assert world.take(*BODIES) == []
    ids = [MATCH.event_id, REVISED.event_id, LEFT.event_id]
    assert world.event_ids() == sorted(ids)
    assert [alert.event_id for alert, _ in world.alerts()] == ids[:2]
    assert sorted(document["event"]["event_id"] for document in world.audit().values()) == sorted(ids)
    assert world.acknowledged("hall-1")[-1] == tuple(ids)
    stored = [world.sighting(event) for event in (MATCH, REVISED, LEFT)]
    assert [sighting.alert for sighting in stored if sighting] == ["sent", "sent", "none"]
    assert stored_first is not None
    assert stored[0] is not None
    assert stored[0].cursor == stored_first.cursor
    assert world.audit()[next(key for key in world.audit() if MATCH.event_id in key)]["cursor"] == stored_first.cursor


def test_a_refused_record_whose_function_is_killed_is_never_lost(world: World) -> None:
    """Its end in the queue and its beginning in the other cannot be one step: it is there twice rather than never."""
    assert run(world, "cloud.sighting.refused", "bad") == EXIT_CODE
    assert world.take("bad") == []
    assert {letter.body for letter in world.dead_letters()} == {"bad"}
