"""Whose events alert, and for how long those after an alert do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.cooldown import cool_down_key, is_over
from argus.core.events import VisitEvent, decode
from argus.core.instants import Instant

NOON = datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc)
SECONDS = 300.0
EVENTS = Path(__file__).parents[1] / "events"

times = st.integers(-(10**9), 10**9).map(lambda seconds: NOON + timedelta(seconds=seconds))
instants = st.builds(Instant, times, st.sampled_from(["one", "two"]), st.integers(0, 10**7), st.booleans())


def golden(name: str) -> VisitEvent:
    return decode((EVENTS / f"{name}.json").read_bytes())


def instant(seconds: float, boot: str = "one", *, wall: float | None = None, clock_set: bool = True) -> Instant:
    return Instant(NOON + timedelta(seconds=seconds if wall is None else wall), boot, seconds, clock_set)


def test_a_cool_down_is_a_persons_over_all_cameras() -> None:
    match = golden("match")
    assert cool_down_key(match) == "person:zoe" == cool_down_key(replace(match, camera="yard"))


def test_a_stranger_has_one_when_known_again() -> None:
    unknown = replace(golden("unknown"), stranger_id="s1")
    assert cool_down_key(unknown) == "stranger:s1"
    assert cool_down_key(replace(unknown, stranger_id=None)) is None


@pytest.mark.parametrize("name", ["left", "uncertain", "left_nobody_enrolled"])
def test_what_alerts_nobody_has_none(name: str) -> None:
    assert cool_down_key(golden(name)) is None
    assert not golden(name).alert


def test_the_first_alerts_and_so_does_who_returns_afterwards() -> None:
    assert is_over(None, instant(0), SECONDS)
    assert not is_over(instant(10), instant(10), SECONDS)
    assert not is_over(instant(10), instant(309.9), SECONDS)
    assert is_over(instant(10), instant(310), SECONDS)
    assert is_over(instant(10), instant(10), 0)


@pytest.mark.parametrize("wall", [-1e8, -5.0, 1e8])
def test_within_a_boot_the_wall_clock_does_not_count(wall: float) -> None:
    assert not is_over(instant(10), instant(300, wall=wall), SECONDS)
    assert is_over(instant(10), instant(311, wall=wall), SECONDS)


def test_over_a_boot_it_does() -> None:
    assert not is_over(instant(100_000, wall=0), instant(20, "two", wall=299), SECONDS)
    assert is_over(instant(100_000, wall=0), instant(20, "two", wall=301), SECONDS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (instant(1000, wall=0), instant(20, "two", wall=-1)),  # put back meanwhile
        (instant(1000, wall=0, clock_set=False), instant(20, "two", wall=60)),
        (instant(1000, wall=0), instant(20, "two", wall=60, clock_set=False)),
        (instant(1000, wall=0), instant(20, wall=-1)),  # the monotonic clock began anew, as in a container
    ],
)
def test_when_nothing_can_tell_somebody_alerts(before: Instant, after: Instant) -> None:
    assert after.since(before) is None
    assert is_over(before, after, SECONDS)


@given(instants, instants)
def test_time_never_runs_backwards(earlier: Instant, later: Instant) -> None:
    passed = later.since(earlier)
    assert passed is None or passed >= 0


@given(instants, st.integers(300, 10**6), times, st.booleans())
def test_nobody_is_silent_for_longer_than_the_cool_down(
    alerted: Instant, passes: float, wall: datetime, clock_set: bool
) -> None:
    """Whatever the wall clock says, as long as the device runs."""
    assert is_over(alerted, Instant(wall, alerted.boot_id, alerted.at_seconds + passes, clock_set), SECONDS)
