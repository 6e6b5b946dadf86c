from __future__ import annotations

import numpy as np

from argus.evaluation.curves import trade_off


def test_each_stranger_is_a_point() -> None:
    curve = trade_off(np.array([0.3, 0.1, 0.3, 0.2]), np.array([0.15, 0.05, 0.3]), enrolled=4)
    assert curve.thresholds.tolist() == [0.1, 0.2, 0.3]
    assert curve.strangers_named.tolist() == [0.25, 0.5, 1.0]
    assert curve.named_rightly.tolist() == [0.25, 0.5, 0.75]


def test_without_strangers_there_is_no_curve() -> None:
    assert not len(trade_off(np.array([]), np.array([0.1]), enrolled=1).thresholds)
