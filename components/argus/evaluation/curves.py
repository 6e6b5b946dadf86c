"""What every threshold would have given: strangers named against people named rightly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TradeOff:
    """One point a threshold; all arrays rise together.

    Attributes:
        thresholds: a probe is named when its score is at most this.
        strangers_named: share of the strangers, 0 to 1.
        named_rightly: share of the enrolled people's probes, 0 to 1.
    """

    thresholds: NDArray[np.float64]
    strangers_named: NDArray[np.float64]
    named_rightly: NDArray[np.float64]


def trade_off(strangers: NDArray[np.floating[Any]], rightly: NDArray[np.floating[Any]], enrolled: int) -> TradeOff:
    """The curve through every threshold at which one more stranger is named.

    Args:
        strangers: ``(s,)``: the score of each stranger's nearest person; lower is nearer.
        rightly: ``(r,)``: the scores of the enrolled people's probes whose nearest person is the right one.
        enrolled: how many probes of enrolled people there were in all.
    """
    thresholds = np.unique(strangers).astype(np.float64)
    return TradeOff(
        thresholds,
        np.searchsorted(np.sort(strangers), thresholds, side="right") / max(1, len(strangers)),
        np.searchsorted(np.sort(rightly), thresholds, side="right") / max(1, enrolled),
    )
