"""Strangers are known again by their faces, follow them, and are forgotten in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import ModelError
from argus.core.strangers import (
    MISTAKEN_RATE,
    PICTURES_KEPT,
    STRANGERS_KEPT,
    Stranger,
    known_again,
    still_remembered,
)
from argus.core.types import EMBEDDING_SIZE, PLAIN_MODEL_ID, Template
from tests.core.measures import NOON, at, flat_calibration

DAY = timedelta(days=1)


def stranger(name: str, template: Template, seen_at: datetime = NOON, keep: timedelta = DAY) -> Stranger:
    return Stranger.new(name, template, seen_at, keep)


def near(template: Template, distance: float, pictures: int = 4) -> Template:
    """A template so far from ``template``, along an axis that no other test uses."""
    vector = template.vector.copy()
    vector[EMBEDDING_SIZE - 1] += distance
    return Template(vector, pictures)


def threshold(people: int, pictures: int = 4) -> float:
    """The distance under which somebody is the same in the flat space."""
    calibration = flat_calibration()
    pair_rate = calibration.strictness(MISTAKEN_RATE, people).pair_rate
    return 1 + calibration.threshold(pair_rate, pictures, 4)


def test_nobody_is_remembered() -> None:
    assert known_again(at(0, 0.5), [], flat_calibration()) is None


@given(st.integers(1, 5), st.sampled_from([1, 2, 4, 8]), st.floats(-0.3, 0.3).filter(lambda by: abs(by) > 1e-5))
def test_the_threshold_is_the_calibrations_for_as_many_as_are_remembered(
    count: int, pictures: int, beyond: float
) -> None:
    remembered = [stranger(str(axis), at(axis, 5.0 * axis, pictures)) for axis in range(1, count + 1)]
    known = known_again(
        near(remembered[0].template, threshold(count, pictures) + beyond), remembered, flat_calibration()
    )
    assert known is (remembered[0] if beyond < 0 else None)


def test_the_nearest_by_their_own_threshold_wins() -> None:
    # With one picture the threshold is wider than with eight, so that here the farther one is the likelier.
    well_known = stranger("8", at(2, threshold(2, 8) - 0.001, 8))
    little_known = stranger("1", at(1, threshold(2, 1) - 0.02, 1))
    assert little_known.template.vector[1] > well_known.template.vector[2]
    assert known_again(at(0, 0.0), [well_known, little_known], flat_calibration()) is little_known


def test_models_are_not_mixed() -> None:
    other = Template(np.zeros(EMBEDDING_SIZE, np.float32), 4, PLAIN_MODEL_ID)
    with pytest.raises(ModelError):
        known_again(at(0, 0.1), [stranger("a", other)], flat_calibration())


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(1, 12)), min_size=1, max_size=12))
def test_who_comes_often_is_the_mean_of_the_newest_pictures(visits: list[tuple[float, int]]) -> None:
    known = stranger("a", at(0, *visits[0]))
    for number, (length, pictures) in enumerate(visits[1:], start=1):
        known = known.seen_again(at(0, length, pictures), NOON + number * timedelta(hours=1), DAY)
    assert known.template.pictures <= max(PICTURES_KEPT, visits[0][1])
    lengths = [length for length, _ in visits]
    assert min(lengths) - 1e-6 <= known.template.vector[0] <= max(lengths) + 1e-6
    newest = visits[-1]
    if newest[1] >= PICTURES_KEPT:
        assert known.template.vector[0] == np.float32(newest[0])
    assert known.visits == len(visits)
    assert (known.first_seen_at, known.seen_at) == (NOON, NOON + (len(visits) - 1) * timedelta(hours=1))
    assert known.expires_at == known.seen_at + DAY


def test_two_visits_count_alike() -> None:
    known = stranger("a", at(0, 0.2)).seen_again(at(0, 0.4), NOON, DAY)
    assert known.template.vector[0] == pytest.approx(0.3) and known.template.pictures == 8
    assert known.seen_again(at(0, 0.4), NOON, DAY).template.vector[0] == pytest.approx(0.35)


@given(st.lists(st.floats(-3.0, 3.0), max_size=30), st.floats(0.01, 2.0))
def test_nobody_outlives_the_expiry(days: list[float], keep_days: float) -> None:
    keep = timedelta(days=keep_days)
    everybody = [stranger(str(n), at(0, 0.5), NOON + timedelta(days=ago)) for n, ago in enumerate(days)]
    kept = still_remembered(everybody, NOON, keep)
    assert {one.id for one in kept} == {one.id for one in everybody if one.expires_at > NOON}
    assert all(NOON < one.expires_at <= NOON + keep for one in kept)
    assert still_remembered(kept, NOON + keep, keep) == ()


def test_the_oldest_make_room() -> None:
    everybody = [stranger(str(n), at(0, 0.5), NOON - timedelta(seconds=n)) for n in range(STRANGERS_KEPT + 3)]
    kept = still_remembered(reversed(everybody), NOON, DAY)
    assert [one.id for one in kept] == [str(n) for n in range(STRANGERS_KEPT)]
