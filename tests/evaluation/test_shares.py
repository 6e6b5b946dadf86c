from __future__ import annotations

import pytest

from argus.evaluation.shares import Share, wilson


@pytest.mark.parametrize(
    ("share", "trials", "low", "high"),
    # By scipy.stats.binomtest(hits, trials).proportion_ci(method="wilson").
    [(0.0, 10, 0.0, 0.27753), (0.5, 10, 0.23659, 0.76341), (0.01, 300, 0.00341, 0.02898), (1.0, 5, 0.56551, 1.0)],
)
def test_wilson(share: float, trials: int, low: float, high: float) -> None:
    assert wilson(share, trials) == pytest.approx((low, high), abs=1e-5)


def test_rotations_add_trials_and_no_people() -> None:
    once, five_times = Share(3, 300, 300), Share(15, 1500, 300)
    assert once.value == five_times.value == 0.01
    assert once.interval == five_times.interval


def test_nothing_tried_says_nothing() -> None:
    assert Share(0, 0, 0).value is None
    assert Share(0, 0, 0).interval == (0, 1)


@pytest.mark.parametrize("wrong", [(2, 1, 1), (-1, 1, 1), (0, 1, 2)])
def test_what_cannot_be_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Share(*wrong)
