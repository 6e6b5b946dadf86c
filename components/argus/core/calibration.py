"""From a wanted false-alarm rate to a threshold.

A distance between two embeddings says little by itself: some faces lie in a crowded part of the space,
where many strangers are near, and others stand alone. So distances are first normalised by *crowding*,
an estimate ``p(v)`` of the mean distance from ``v`` to its ten nearest strangers (adaptive score
normalisation, as in speaker recognition, but without keeping a cohort of other people's faces)::

    s = |probe - enrolled| - p(probe) / 2 - p(enrolled) / 2

The tables say how often two different people score below ``s`` (the false-match rate, FMR), by how many
pictures were averaged on each side. With N people enrolled a stranger is compared N times, so holding the
share of strangers who are given somebody's name (FPIR) at ``r`` needs a false-match rate per pair of::

    f = 1 - (1 - r) ** (1 / N)

and the threshold is the ``s`` at which the table says ``f``. Never a constant.

Source of crowding function and tables: fitted and counted on Labeled Faces in the Wild, deep-funnelled
pictures (``models/README.md``); 52 million pairs for one picture on each side.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argus.core.errors import CalibrationError
from argus.core.types import EMBEDDING_SIZE

SUPPORTED_PAIR_RATE = 5e-6
"""The smallest false-match rate per pair that is stated with confidence: 260 pairs of the largest table."""

_SPREAD_AT, _SPREAD, _SPREAD_SLOPE = 3e-3, 0.7, -0.3
"""Some people are mistaken for others more often than other people are. The standard deviation of the false-match
rate from person to person, as a share of its mean, is 0.7 at 3e-3 and grows as the rate falls: 0.4, 0.5 and 0.7
were measured at 3e-2, 1e-2 and 3e-3 (80 people against 700 pictures)."""

_STANDARD_ERRORS = 2.0
"""A table is read at its upper confidence bound (97.7 %): it was counted on a sample of people, not on yours."""

_STEP_RATE = 1e-3
"""Where the step between two tables is measured that goes on beyond the largest: all of them counted well there."""

_COUNTED_PAIRS = 20
"""A table speaks for itself down to the rate that so many of its pairs reached (+-22 %, by Poisson counting)."""


@dataclass(frozen=True)
class Crowding:
    """``p(v) = v.Q.v + b.v + c``: an estimate of the mean distance from ``v`` to its ten nearest strangers."""

    quadratic: NDArray[np.float64]
    linear: NDArray[np.float64]
    constant: float

    def __post_init__(self) -> None:
        size = EMBEDDING_SIZE
        if self.quadratic.shape != (size, size) or self.linear.shape != (size,):
            raise CalibrationError(
                f"the crowding function must have {size}x{size} and {size} numbers, "
                f"not {self.quadratic.shape} and {self.linear.shape}: restore models/crowding.npz"
            )
        if not all(np.isfinite(part).all() for part in (self.quadratic, self.linear, self.constant)):
            raise CalibrationError("the crowding function must be finite: restore models/crowding.npz")

    def estimate(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Crowding of ``(n, 128)`` vectors -> ``(n,)``, in units of distance."""
        wide = vectors.astype(np.float64)
        quadratic: NDArray[np.float64] = ((wide @ self.quadratic) * wide).sum(axis=1)
        return quadratic + wide @ self.linear + self.constant


@dataclass(frozen=True)
class FalseMatchTable:
    """FMR by normalised score, for a number of pictures averaged on each side.

    Attributes:
        people: how many were compared, on the enrolled and on the probe's side.
        pairs: how many comparisons were counted.
        scores: ascending.
        rates: the share of pairs below each score.
    """

    enrolled_pictures: int
    probe_pictures: int
    people: tuple[int, int]
    pairs: int
    scores: NDArray[np.float64]
    rates: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.scores.shape != self.rates.shape or self.scores.ndim != 1 or len(self.scores) < 2:
            raise CalibrationError("a calibration table must have as many rates as scores: restore the models folder")
        # Written so that NaN, which compares with nothing, is refused too.
        if not ((np.diff(self.scores) > 0).all() and (np.diff(self.rates) >= 0).all()):
            raise CalibrationError("scores and rates of a calibration table must rise: restore the models folder")
        if self.pairs < 1 or min(self.people) < 1 or not (self.rates[0] >= 0 and 0 < self.rates[-1] <= 1):
            raise CalibrationError("a calibration table must hold rates from 0 to 1: restore the models folder")

    @cached_property
    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logs of the rates' upper bounds, strictly rising, and the highest score that has each."""
        counted = self.rates > 0
        rates, scores = self._bound(self.rates[counted]), self.scores[counted]
        last = np.append(np.diff(rates) > 0, True)
        return np.log(rates[last]), scores[last]

    def _bound(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rates that other people, of whom these are a sample, may well have."""
        spread = _SPREAD * (rates / _SPREAD_AT) ** _SPREAD_SLOPE
        error = spread * math.sqrt(1 / self.people[0] + 1 / self.people[1])
        bounds: NDArray[np.float64] = rates * (1 + _STANDARD_ERRORS * error)
        return bounds

    @cached_property
    def trusted_rate(self) -> float:
        """The smallest rate that enough pairs reached, as an upper bound."""
        counted = float(self._bound(np.array([_COUNTED_PAIRS / self.pairs]))[0])
        return max(counted, math.exp(self._curve[0][0]))

    def score_at(self, rate: float) -> float:
        """The score at which strangers pass at ``rate``; at the table's ends, the end's score."""
        return float(np.interp(math.log(rate), *self._curve))


@dataclass(frozen=True)
class Strictness:
    """What a wanted false-alarm rate means for a collection of a size.

    Attributes:
        false_alarm_rate: wanted share of strangers who are given somebody's name.
        people: how many a stranger is compared with.
        pair_rate: false-match rate per pair that holds it.
        expected_rate: the share to expect; more than wanted only where the tables end.
        supported: whether the tables state ``pair_rate`` with confidence.
    """

    false_alarm_rate: float
    people: int
    pair_rate: float
    expected_rate: float
    supported: bool

    @property
    def warning(self) -> str | None:
        """A sentence for the user when the collection is larger than the calibration reaches."""
        if self.supported:
            return None
        reach = people_within_reach(self.false_alarm_rate)
        return (
            f"{self.people} people are more than the calibration reaches at a false-alarm rate of "
            f"{self.false_alarm_rate:.3g} (about {reach}): expect up to {self.expected_rate:.2g}, and many enrolled "
            "people unnamed; enrol fewer people or allow a higher rate"
        )


class Calibration:
    """Crowding function and false-match tables of one model."""

    def __init__(self, crowding: Crowding, tables: tuple[FalseMatchTable, ...]) -> None:
        self.crowding = crowding
        self._tables = {(table.enrolled_pictures, table.probe_pictures): table for table in tables}
        self._counts = sorted({count for key in self._tables for count in key})
        missing = [(e, p) for e in self._counts for p in self._counts if (e, p) not in self._tables]
        if missing or 1 not in self._counts:
            raise CalibrationError(f"calibration tables are missing for {missing}: restore the models folder")
        self._base = self._tables[1, 1]

    @classmethod
    def parse(cls, tables_json: bytes, crowding: Mapping[str, NDArray[Any]]) -> Calibration:
        """Reads ``models/calibration.json`` and the arrays of ``models/crowding.npz``.

        Raises:
            CalibrationError: a key is missing or has another shape.
        """
        try:
            document = json.loads(tables_json)
            scores = np.asarray(document["score"], dtype=np.float64)
            tables = tuple(
                FalseMatchTable(
                    int(table["enrolled_pictures"]),
                    int(table["probe_pictures"]),
                    (int(table["people"][0]), int(table["people"][1])),
                    int(table["pairs"]),
                    scores,
                    np.asarray(table["fmr"], dtype=np.float64),
                )
                for table in document["tables"]
            )
            function = Crowding(
                np.asarray(crowding["quadratic"], dtype=np.float64),
                np.asarray(crowding["linear"], dtype=np.float64),
                float(crowding["constant"]),
            )
        except (IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise CalibrationError(f"the calibration data cannot be read ({error!r}): restore models/") from error
        return cls(function, tables)

    @property
    def smallest_pair_rate(self) -> float:
        """The rate at which the tables end: below it the threshold stays."""
        return self._base.trusted_rate

    def strictness(self, false_alarm_rate: float, people: int) -> Strictness:
        """What holding ``false_alarm_rate`` asks of each comparison with ``people`` enrolled.

        Raises:
            CalibrationError: the rate is not between 0 and 1.
        """
        if not 0 < false_alarm_rate < 1:
            raise CalibrationError(f"a false-alarm rate lies between 0 and 1, such as 0.01, not {false_alarm_rate}")
        compared = max(1, people)
        wanted = -math.expm1(math.log1p(-false_alarm_rate) / compared)
        pair_rate = max(wanted, self.smallest_pair_rate)
        expected = -math.expm1(compared * math.log1p(-pair_rate))
        return Strictness(false_alarm_rate, people, pair_rate, expected, wanted >= SUPPORTED_PAIR_RATE)

    def threshold(self, pair_rate: float, enrolled_pictures: int, probe_pictures: int) -> float:
        """The normalised score at which two strangers are taken for one person at ``pair_rate``.

        A number of pictures without a table takes the next larger one (stricter); beyond the largest,
        the threshold goes on falling with 1/n, as it does between the tables (averaging n pictures
        leaves 1/n of what varies from picture to picture).
        """
        enrolled, probe = self._table_counts(enrolled_pictures), self._table_counts(probe_pictures)
        score = self._score(enrolled, probe, pair_rate)
        if len(self._counts) > 1:
            before, most = self._counts[-2:]
            if enrolled_pictures > most:
                step = self._score(before, probe, _STEP_RATE) - self._score(most, probe, _STEP_RATE)
                score -= step * _share_of_step(before, most, enrolled_pictures)
            if probe_pictures > most:
                step = self._score(enrolled, before, _STEP_RATE) - self._score(enrolled, most, _STEP_RATE)
                score -= step * _share_of_step(before, most, probe_pictures)
        return score

    def _table_counts(self, pictures: int) -> int:
        return next((count for count in self._counts if count >= pictures), self._counts[-1])

    def _score(self, enrolled: int, probe: int, rate: float) -> float:
        """The table's own score down to its trusted rate; below it, the shape of the largest table's tail."""
        table = self._tables[enrolled, probe]
        if rate >= table.trusted_rate:
            return table.score_at(rate)
        tail = self._base.score_at(rate) - self._base.score_at(table.trusted_rate)
        return table.score_at(table.trusted_rate) + tail


def _share_of_step(before: int, most: int, pictures: int) -> float:
    """How far 1/pictures lies below 1/most, in steps from 1/before to 1/most."""
    return (1 / most - 1 / pictures) / (1 / before - 1 / most)


def people_within_reach(false_alarm_rate: float) -> int:
    """The largest collection for which the tables state ``false_alarm_rate`` with confidence."""
    return int(math.log1p(-false_alarm_rate) / math.log1p(-SUPPORTED_PAIR_RATE))
