"""How often somebody enrolled is named.

The calibration says how near strangers come; this says how near people come to themselves: the share of genuine
comparisons at or below a normalised score, by how many pictures are averaged on each side. At a threshold it is the
share of people who are named rightly.

Source: ``models/genuine.json``, counted by ``python -m models.genuine`` on press pictures (see ``models/README.md``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration
from argus.core.errors import CalibrationError


@dataclass(frozen=True, eq=False)
class GenuineTable:
    """Genuine comparisons, for a number of pictures averaged on each side.

    Attributes:
        scores: ascending.
        shares: of the comparisons, at or below each score.
    """

    enrolled_pictures: int
    probe_pictures: int
    scores: NDArray[np.float64]
    shares: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.scores.shape != self.shares.shape or self.scores.ndim != 1 or len(self.scores) < 2:
            raise CalibrationError("a table of genuine scores must have as many shares as scores: restore models/")
        # Written so that NaN, which compares with nothing, is refused too.
        if not ((np.diff(self.scores) > 0).all() and (np.diff(self.shares) >= 0).all()):
            raise CalibrationError("scores and shares of genuine comparisons must rise: restore models/")
        if min(self.enrolled_pictures, self.probe_pictures) < 1 or not (self.shares[0] >= 0 and self.shares[-1] <= 1):
            raise CalibrationError("a table of genuine scores must hold shares from 0 to 1: restore models/")

    def share_at(self, score: float) -> float:
        """The share of genuine comparisons at or below ``score``."""
        return float(np.interp(score, self.scores, self.shares))


class GenuineScores:
    """The tables of one model."""

    def __init__(self, tables: Sequence[GenuineTable]) -> None:
        self._tables = {(table.enrolled_pictures, table.probe_pictures): table for table in tables}
        if (1, 1) not in self._tables:
            raise CalibrationError("the table of genuine scores for one picture is missing: restore models/")

    @property
    def most_enrolled_pictures(self) -> int:
        """More photos of a person than this are not known to help."""
        return max(enrolled for enrolled, _ in self._tables)

    @classmethod
    def parse(cls, text: bytes) -> GenuineScores:
        """Reads ``models/genuine.json``.

        Raises:
            CalibrationError: a key is missing or has another shape.
        """
        try:
            document = json.loads(text)
            scores = np.asarray(document["score"], dtype=np.float64)
            tables = [
                GenuineTable(
                    int(table["enrolled_pictures"]),
                    int(table["probe_pictures"]),
                    scores,
                    np.asarray(table["share"], dtype=np.float64),
                )
                for table in document["tables"]
            ]
        except (KeyError, OverflowError, TypeError, ValueError) as error:
            raise CalibrationError(f"the genuine scores cannot be read ({error!r}): restore models/") from error
        return cls(tables)

    def named(self, calibration: Calibration, pair_rate: float, enrolled_pictures: int, probe_pictures: int) -> float:
        """Share of people with so many photos who are named from so many pictures at ``pair_rate``.

        Where no table has as many pictures it is the best of those with fewer: at least so many are named.
        """
        return max(
            table.share_at(calibration.threshold(pair_rate, *key))
            for key, table in self._tables.items()
            if key[0] <= enrolled_pictures and key[1] <= probe_pictures
        )
