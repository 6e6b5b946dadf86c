"""What hangs is not waited for until the function is killed, and what has no time is not begun."""

from __future__ import annotations

import pytest

from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.sightings.handler import create
from tests.cloud.calls import Ending, batch, call, failed
from tests.cloud.hanging import hanging
from tests.cloud.sightings.world import World, golden, message_of

MATCH, LEFT = golden("match"), golden("left")
NOT_ACKNOWLEDGED = "acknowledgements not published"


def test_acknowledgements_that_hang_are_given_up_and_nothing_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with hanging(monkeypatch) as address:
        handle = create({**world.environment, names.IOT_ENDPOINT: address}, Clients(address))
        assert failed(handle(batch(message_of(MATCH), message_of(LEFT)), call())) == []
    assert world.event_ids() == sorted([MATCH.event_id, LEFT.event_id])
    assert NOT_ACKNOWLEDGED in caplog.messages


def test_a_record_that_hangs_is_reported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, hanging(patch) as address:
        patch.setenv("AWS_ENDPOINT_URL_S3", address)
        handle = create(world.environment, Clients(world.devices.url))
        assert failed(handle(batch(message_of(MATCH), message_of(LEFT)), call())) == ["0", "1"]
    assert world.acknowledged("hall-1") == []
    assert world.take(message_of(MATCH), message_of(LEFT)) == []
    assert world.acknowledged("hall-1") == [(MATCH.event_id, LEFT.event_id)]


@pytest.mark.parametrize(("looks", "again"), [(0, ["0", "1"]), (1, ["1"]), (2, [])])
def test_what_has_too_little_time_is_not_begun_and_comes_again(
    world: World, caplog: pytest.LogCaptureFixture, looks: int, again: list[str]
) -> None:
    bodies = message_of(MATCH), message_of(LEFT)
    assert failed(world.handle(batch(*bodies), Ending(looks))) == again
    assert len(world.event_ids()) == len(bodies) - len(again)
    assert world.acknowledged("hall-1") == []
    assert NOT_ACKNOWLEDGED in caplog.messages
    assert world.take(*bodies) == []
    assert world.acknowledged("hall-1") == [(MATCH.event_id, LEFT.event_id)]
