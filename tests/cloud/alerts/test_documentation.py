"""docs/alerts.md says what is: its texts are those that people read, its filters choose, its verification verifies."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.alerts.test_text import told
from tests.cloud.alerts.world import KEY, MARIA, NOON, World, alert, stranger
from tests.cloud.set_clock import SetClock

PAGE = (Path(__file__).resolve().parents[3] / "docs/alerts.md").read_text(encoding="utf-8")

Verify = Callable[[Mapping[str, str], bytes, str], None]


@pytest.fixture
def verify() -> Verify:
    """The page's own."""
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)
    function: Verify = names["verify"]
    return function


def test_its_texts_are_those_that_people_read() -> None:
    seen = NOON.replace(hour=13, minute=3)
    person, lost = replace(MARIA, category=None), replace(MARIA, category="missing")
    alerts = [
        alert(person=person),
        alert(person=replace(MARIA, category="customer")),
        alert(person=lost),
        stranger(),
        alert(person=person, revises="018f3406-9e00-7aaa-aaaa-0123456789ab"),
        alert(person=replace(MARIA, standing="deleted")),
    ]
    for one in alerts:
        assert f"`{told(replace(one, captured_at=seen, received_at=seen), now=seen).sms}`" in PAGE
    again = stranger(stranger_id="018f3406-9e00-7aaa-aaaa-0123456789ab")
    assert "`(stranger 456789ab)`" in PAGE
    assert "(stranger 456789ab)" in told(again).sms


def test_its_filters_choose(world: World) -> None:
    commands = PAGE.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in commands if "aws sns subscribe" in line]
    policies = [
        json.loads(json.loads(one[one.index("--attributes") + 1])["FilterPolicy"]) if "--attributes" in one else {}
        for one in words
    ]
    assert len(policies) == 3
    queues = [world.subscribe(**policy) for policy in policies]
    lost = alert(person=replace(MARIA, id="tom", name="Tom", category="missing"))
    world.tell(alert(), lost, stranger(), stranger(camera="cellar"))
    subjects = [[one["Subject"].split(" was seen")[0] for one in world.sent(queue)] for queue in queues]
    assert [len(subjects[0]), *subjects[1:]] == [4, ["MISSING PERSON Tom"], ["An unknown person"]]


def test_its_verification_takes_what_is_ours_and_nothing_else(world: World, verify: Verify) -> None:
    assert replace(world, clock=SetClock(datetime.now(timezone.utc))).tell(alert()) == []
    [posted] = world.webhook.posted
    verify(posted.headers, posted.body, KEY)
    for headers, body, key in (
        (posted.headers, posted.body + b" ", KEY),
        (posted.headers, posted.body, KEY[::-1]),
        ({**posted.headers, "webhook-id": "other"}, posted.body, KEY),
    ):
        with pytest.raises(ValueError, match="not from Argus"):
            verify(headers, body, key)
    with pytest.raises(ValueError, match="too old"):
        verify({**posted.headers, "webhook-timestamp": "1714564800"}, posted.body, KEY)
