"""What is known of a device, whatever order its statuses come in, and what people have to hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.status import DeviceStatus, decode_status, status_messages
from cloud_lambdas.devices.device import BEHIND_AFTER, GRACE, Device, News, first_heard
from tests.cloud.devices.world import NOON, STARTING, after, golden

WELL = replace(golden("status").collections[0], last_error=None)
ILL = golden("status").collections[1]


def told(statuses: Iterable[tuple[DeviceStatus, float]]) -> Device:
    """A device after these, each with the second in which the cloud had it."""
    (first, at), *others = statuses
    device = first_heard("hall-1", first, NOON + timedelta(seconds=at))
    for status, at in others:
        device = device.heard(status, NOON + timedelta(seconds=at)) or device
    return device


def seconds(device: Device) -> float:
    """When the status that is stored was sent."""
    assert device.status is not None
    return (device.status.sent_at - NOON).total_seconds()


def test_a_newer_status_replaces_an_older_one_and_promises_anew() -> None:
    device = told([(STARTING, 1), (after(60), 61)])
    assert seconds(device) == 60
    assert device.last_seen_at == NOON + timedelta(seconds=61)
    assert device.promised_until == NOON + timedelta(seconds=121)


def test_what_overtook_another_stays() -> None:
    device = told([(after(60), 61)])
    assert device.heard(STARTING, NOON + timedelta(seconds=1)) is None


def test_what_is_published_again_later_is_an_older_one_all_the_same() -> None:
    device = told([(STARTING, 1), (after(60), 61)])
    assert device.heard(STARTING, NOON + timedelta(seconds=70)) is None
    assert device.heard(after(60), NOON + timedelta(seconds=70)) is None


@pytest.mark.parametrize(
    "status",
    [
        after(120, sent_at=NOON - timedelta(days=400)),  # the clock was set back
        after(1),  # the program was started again
        after(1, boot_id="another"),
        after(1, boot_id="another", sent_at=NOON - timedelta(days=400)),
    ],
    ids=["set back", "restarted", "rebooted", "rebooted without a clock"],
)
def test_the_devices_clock_is_not_what_makes_a_status_new(status: DeviceStatus) -> None:
    device = told([(replace(STARTING, uptime_seconds=500.0), 61)])
    heard = device.heard(status, NOON + timedelta(seconds=121))
    assert heard is not None
    assert heard.status == status


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6))
def test_in_any_order_and_however_often_the_newest_is_what_stays(order: list[int], again: list[int]) -> None:
    """They were received in the order in which they were sent, and came through the queue in another."""
    device = told([(after(60.0 * number), 60.0 * number + 1) for number in [*order, *again]])
    assert seconds(device) == 300
    assert device.promised_until == NOON + timedelta(seconds=361)


def in_parts(at: float, cameras: int = 90) -> list[DeviceStatus]:
    camera = golden("status").cameras[0]
    many = tuple(replace(camera, id=f"camera-{number:03d}") for number in range(cameras))
    whole = after(at, cameras=many, collections=golden("status").collections)
    return [decode_status(message) for message in status_messages(whole)]


@given(st.permutations(range(len(in_parts(0)))), st.data())
def test_parts_become_one_when_the_last_has_come(order: list[int], data: st.DataObject) -> None:
    parts = in_parts(60)
    assert len(parts) > 2
    device = told([(STARTING, 1), *((parts[number], 61 + place) for place, number in enumerate(order[:-1]))])
    assert device.status == STARTING
    assert device.newest is not None
    assert device.newest.parts == len(parts)
    assert device.heard(parts[data.draw(st.sampled_from(order[:-1]))], NOON + timedelta(seconds=90)) is None
    whole = device.heard(parts[order[-1]], NOON + timedelta(seconds=61))
    assert whole is not None
    assert whole.status is not None
    assert sorted(camera.id for camera in whole.status.cameras) == [f"camera-{number:03d}" for number in range(90)]
    assert {one.id for one in whole.status.collections} == {"staff", "missing-people"}
    assert whole.parts == {}
    assert whole.heard(parts[0], NOON + timedelta(seconds=99)) is None


def test_a_status_that_never_gets_whole_gives_way_to_the_next() -> None:
    first, *_ = in_parts(60)
    device = told([(STARTING, 1), (first, 61), (after(120), 121)])
    assert (seconds(device), device.parts) == (120, {})


def silent_since(at: float) -> News:
    return News("silent", NOON + timedelta(seconds=at), over=False)


def test_who_breaks_its_promise_is_silent_and_who_says_that_it_stops_is_not() -> None:
    limit = NOON + timedelta(seconds=60) + GRACE
    device = told([(STARTING, 0)])
    assert device.news(limit) == ()
    assert device.news(limit + timedelta(seconds=1)) == (silent_since(0),)
    stopping = told([(STARTING, 0), (after(10, state="stopping"), 10)])
    assert stopping.news(limit + timedelta(days=9)) == ()
    started_again = stopping.heard(after(20, uptime_seconds=0.5), NOON + timedelta(seconds=20))
    assert started_again is not None
    assert started_again.news(limit + timedelta(seconds=60)) == (silent_since(20),)


def test_each_beginning_and_each_end_is_news_once() -> None:
    late = NOON + timedelta(minutes=10)
    device = told([(STARTING, 0)]).knowing(silent_since(0))
    assert device.news(late) == ()
    back = device.heard(after(660), NOON + timedelta(minutes=11))
    assert back is not None
    over = News("silent", NOON, over=True)
    assert back.news(NOON + timedelta(minutes=11)) == (over,)
    assert back.knowing(over).news(NOON + timedelta(minutes=11)) == ()
    silent_again = back.news(NOON + timedelta(minutes=30))
    assert silent_again == ()  # people have not heard that it was back meanwhile


def test_a_collection_that_cannot_be_followed_is_news_after_an_hour() -> None:
    ill, well = after(0, collections=(WELL, ILL)), after(7200, collections=(WELL,))
    late = NOON + BEHIND_AFTER
    device = told([(ill, 0), (after(3590, collections=(WELL, ILL)), 3590)])
    (news,) = device.news(late)
    assert (news, device.news(late - timedelta(seconds=1))) == (News("behind", NOON, over=False), ())
    device = device.knowing(news)
    assert device.news(late) == ()
    mended = device.heard(well, NOON + timedelta(seconds=7200))
    assert mended is not None
    assert mended.news(NOON + timedelta(seconds=7200)) == (News("behind", NOON, over=True),)


def test_of_a_device_that_says_nothing_it_is_not_known_whether_it_follows() -> None:
    ill = after(0, collections=(ILL,))
    assert told([(ill, 0)]).news(NOON + 2 * BEHIND_AFTER) == (silent_since(0),)
    stopped = told([(ill, 0), (after(9, collections=(ILL,), state="stopping"), 9)])
    assert stopped.news(NOON + 2 * BEHIND_AFTER) == ()
