"""The message between `sightings` and `alerts`."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from argus.core.errors import EventError
from cloud_lambdas.shared.alert import Alert, decode_alert, encode_alert
from cloud_lambdas.shared.person import PersonRecord

ALERT = Alert(
    kind="match",
    event_id="018f3406-a2e2-7111-9111-111111111111",
    visit_id="018f3406-9e00-7aaa-aaaa-aaaaaaaaaaaa",
    revises=None,
    thing="hall-1",
    camera="door",
    captured_at=datetime(2024, 5, 1, 12, tzinfo=timezone.utc),
    clock_set=False,
    received_at=datetime(2024, 5, 1, 12, 0, 1, 250_000, tzinfo=timezone.utc),
    person=PersonRecord("zoe", "known", name="Zoë 佐藤 😀 \ufffe\x01", category="staff", note="ask for the key"),
    stranger_id=None,
    snapshot="door/2024-05-01/018f3406.jpg",
)


def test_an_alert_is_read_back_as_it_was_in_characters_that_sqs_takes() -> None:
    body = encode_alert(ALERT)
    assert decode_alert(body) == ALERT
    assert body.isascii()
    assert body.isprintable()


@pytest.mark.parametrize("body", ["", "{}", "null", encode_alert(ALERT).replace("argus.alert/1", "argus.alert/9")])
def test_anything_else_is_no_alert(body: str) -> None:
    with pytest.raises(EventError, match="alert"):
        decode_alert(body)
