from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.calibration import SUPPORTED_PAIR_RATE, Calibration, people_within_reach
from argus.core.errors import CalibrationError
from tests.core.measures import crowding_arrays, real_calibration, tables_document

PICTURES = (1, 2, 3, 4, 5, 8, 20, 100)

rates = st.floats(1e-4, 0.5)
people = st.integers(1, 3000)
pictures = st.integers(1, 50)

supported_pair_rates = st.floats(math.log(SUPPORTED_PAIR_RATE), math.log(0.25)).map(math.exp)


@given(rates, people)
def test_the_pair_rate_gives_the_wanted_rate_back(rate: float, count: int) -> None:
    strictness = real_calibration().strictness(rate, count)
    named = 1 - math.prod([1 - strictness.pair_rate] * count)
    assert strictness.expected_rate == pytest.approx(named, rel=1e-6)
    if strictness.supported:
        assert named == pytest.approx(rate, rel=1e-6)


def test_strangers_compared_many_times_are_named_at_the_wanted_rate() -> None:
    pair_rate = real_calibration().strictness(0.05, 40).pair_rate
    ranks_among_strangers = np.random.default_rng(1).random((100_000, 40))
    named = (ranks_among_strangers < pair_rate).any(axis=1).mean()
    assert named == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 100_000))


def test_nobody_enrolled_is_as_strict_as_one_person() -> None:
    calibration = real_calibration()
    assert calibration.strictness(0.01, 0).pair_rate == calibration.strictness(0.01, 1).pair_rate


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 1.5, math.nan, math.inf])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(CalibrationError, match="between 0 and 1"):
        real_calibration().strictness(rate, 10)


@given(rates, people, people, pictures, pictures)
def test_the_threshold_falls_as_people_grow(rate: float, few: int, many: int, enrolled: int, probe: int) -> None:
    calibration = real_calibration()
    low, high = (
        calibration.threshold(calibration.strictness(rate, count).pair_rate, enrolled, probe)
        for count in (max(few, many), min(few, many))
    )
    assert low <= high


@given(supported_pair_rates, supported_pair_rates, st.integers(1, 4), st.integers(1, 4))
def test_the_threshold_falls_as_the_rate_falls(one: float, other: float, enrolled: int, probe: int) -> None:
    calibration = real_calibration()
    low, high = (calibration.threshold(rate, enrolled, probe) for rate in sorted((one, other)))
    assert low <= high
    if one != other and abs(math.log(one / other)) > 1e-6:
        assert low < high


@given(supported_pair_rates, st.sampled_from(PICTURES))
def test_the_threshold_falls_as_pictures_grow(rate: float, other_side: int) -> None:
    calibration = real_calibration()
    enrolled = [calibration.threshold(rate, count, other_side) for count in PICTURES]
    probe = [calibration.threshold(rate, other_side, count) for count in PICTURES]
    for thresholds in (enrolled, probe):
        assert all(later <= earlier for earlier, later in itertools.pairwise(thresholds))
        assert thresholds[-1] < thresholds[3] < thresholds[0]


def test_a_missing_count_takes_the_next_larger_table_and_beyond_the_tables_it_goes_with_one_over_n() -> None:
    calibration = real_calibration()
    two, three, four = (calibration.threshold(1e-3, count, 1) for count in (2, 3, 4))
    assert three == four
    # From two to four pictures 1/n falls by 1/4; from four to eight by half as much, and so does the threshold.
    assert calibration.threshold(1e-3, 8, 1) == pytest.approx(four - (two - four) / 2)


@pytest.mark.parametrize(
    "table", tables_document()["tables"], ids=lambda t: f"{t['enrolled_pictures']}x{t['probe_pictures']}"
)
def test_thresholds_stand_at_the_upper_bound_of_the_table(table: dict[str, Any]) -> None:
    calibration = real_calibration()
    sides = (table["enrolled_pictures"], table["probe_pictures"])
    sampled = math.sqrt(sum(1 / people for people in table["people"]))
    for score, rate in zip(tables_document()["score"], table["fmr"], strict=True):
        if rate * table["pairs"] >= 1000:
            bound = rate * (1 + 2 * 0.7 * (rate / 3e-3) ** -0.3 * sampled)
            assert calibration.threshold(bound, *sides) == pytest.approx(score, abs=1e-9)
            assert calibration.threshold(rate, *sides) < score


def test_the_tails_end_with_the_table() -> None:
    calibration = real_calibration()
    scores = tables_document()["score"]
    assert calibration.threshold(1e-300, 1, 1) == calibration.threshold(4e-7, 1, 1)
    assert scores[0] <= calibration.threshold(1e-300, 1, 1) < calibration.threshold(SUPPORTED_PAIR_RATE, 1, 1)
    assert calibration.threshold(0.999, 1, 1) == scores[-1]


def test_a_small_table_takes_its_tail_from_the_largest() -> None:
    calibration = real_calibration()
    deep = 5e-6
    trusted = 20 / 567336  # Twenty of the pairs of the table for four pictures on each side.
    step = calibration.threshold(deep, 1, 1) - calibration.threshold(trusted, 1, 1)
    assert calibration.threshold(deep, 4, 4) == pytest.approx(calibration.threshold(trusted, 4, 4) + step)


def test_strictness_says_where_the_calibration_ends() -> None:
    calibration = real_calibration()
    reach = people_within_reach(0.01)
    assert 1900 < reach < 2100
    within, beyond = calibration.strictness(0.01, reach), calibration.strictness(0.01, reach + 1)
    assert within.supported and within.warning is None
    assert not beyond.supported and beyond.warning is not None
    assert str(reach) in beyond.warning and str(reach + 1) in beyond.warning


def test_far_beyond_the_tables_more_strangers_are_to_be_expected_than_wanted() -> None:
    strictness = real_calibration().strictness(0.01, 200_000)
    assert strictness.expected_rate > 0.05
    assert strictness.warning is not None and f"{strictness.expected_rate:.2g}" in strictness.warning


def test_crowding_is_the_stated_formula() -> None:
    arrays = crowding_arrays()
    vector = np.random.default_rng(2).normal(0, 0.1, 128)
    quadratic = sum(
        float(vector[i]) * float(arrays["quadratic"][i, j]) * float(vector[j]) for i in range(128) for j in range(128)
    )
    linear = sum(float(vector[i]) * float(arrays["linear"][i]) for i in range(128))
    stated = quadratic + linear + float(arrays["constant"])
    assert real_calibration().crowding.estimate(vector[np.newaxis]) == pytest.approx([stated], rel=1e-9)


def test_crowding_of_no_vectors_is_empty() -> None:
    assert real_calibration().crowding.estimate(np.zeros((0, 128), np.float32)).shape == (0,)


def _without_first_table(document: dict[str, Any]) -> None:
    del document["tables"][0]


def _with(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["tables"][4][key] = value

    return change


def _with_rate(index: int, value: float) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["tables"][4]["fmr"][index] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("score"),
        lambda document: document.pop("tables"),
        lambda document: document.update(tables=[]),
        lambda document: document.update(tables=[1]),
        lambda document: document["score"].reverse(),
        lambda document: document["score"].pop(),
        lambda document: document["score"].__setitem__(3, math.nan),
        _without_first_table,
        _with("pairs", "many"),
        _with("pairs", 0),
        _with("pairs", math.inf),
        _with("fmr", None),
        _with("fmr", [0.0] * 221),
        _with("enrolled_pictures", 3),
        _with_rate(100, math.nan),
        _with_rate(100, 0.9),
        _with_rate(0, -1e-9),
        _with_rate(220, 1.5),
    ],
)
def test_a_malformed_table_is_a_calibration_error(change: Callable[[dict[str, Any]], object]) -> None:
    document = tables_document()
    change(document)
    with pytest.raises(CalibrationError, match="restore"):
        Calibration.parse(json.dumps(document).encode(), crowding_arrays())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"\xff\xfe\xfd", b"null"])
def test_what_is_no_document_is_a_calibration_error(data: bytes) -> None:
    with pytest.raises(CalibrationError, match="restore"):
        Calibration.parse(data, crowding_arrays())


@pytest.mark.parametrize(
    "change",
    [
        {"quadratic": np.zeros((128, 127))},
        {"linear": np.zeros(127)},
        {"linear": np.full(128, np.nan)},
        {"constant": np.zeros(2)},
        {"constant": np.inf},
        {"quadratic": "none"},
    ],
)
def test_a_malformed_crowding_function_is_a_calibration_error(change: dict[str, Any]) -> None:
    with pytest.raises(CalibrationError, match="restore"):
        Calibration.parse(json.dumps(tables_document()).encode(), crowding_arrays() | change)


def test_a_crowding_function_without_a_part_is_a_calibration_error() -> None:
    arrays = crowding_arrays()
    del arrays["linear"]
    with pytest.raises(CalibrationError, match="linear"):
        Calibration.parse(json.dumps(tables_document()).encode(), arrays)
