"""People who look so much alike that each may be taken for the other.

Of any people some pair is the nearest. A pair is unusual when it lies nearer than any pair of a collection of this
size should: N people make N(N - 1)/2 pairs, and the calibration says how near two strangers' templates have to lie for
only a small share of such collections to hold any pair like it by chance. The same tables as everywhere, read for one
template against another; where they end, so does the bound, and the more pairs there are, the more fall under it.

What it is good for, measured with 80 people and 297 strangers: at a false-match rate of 1e-3 strangers were taken for
one of the eight people with the nearest neighbours 3 times as often as for the others with one photo each, and 8 times
with four. Where two people lie near each other, others do too, which the crowding function does not fully see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration
from argus.core.types import Person, Template

CHANCE = 0.05
"""Share of collections, of people who are no more alike than strangers are, with any pair that is called alike."""

_ROWS = 256
"""People compared with everybody at once: 100 MB for 100,000 people."""

_ROUNDING = 1e-3
"""More than float32 can be wrong by in a distance of two embeddings."""


@dataclass(frozen=True)
class LookAlikes:
    """Two people who are unusually near each other.

    Attributes:
        one, other: in ascending order of their ids.
        normalised_distance: of their templates.
        threshold: nearer than this is unusual, with as many photos as they have and people as there are.
    """

    one: Person
    other: Person
    normalised_distance: float
    threshold: float

    @property
    def people(self) -> tuple[Person, Person]:
        return (self.one, self.other)

    @property
    def excess(self) -> float:
        """How much nearer than unusual, negative."""
        return self.normalised_distance - self.threshold


def pair_rate(people: int, calibration: Calibration) -> float:
    """How rarely two strangers must lie as near as a pair that is called alike, with so many people."""
    return calibration.strictness(CHANCE, max(1, people * (people - 1) // 2)).pair_rate


def look_alikes(
    people: Sequence[tuple[Person, Template]],
    calibration: Calibration,
    among: Sequence[int] | None = None,
    crowding: NDArray[np.float64] | None = None,
) -> tuple[LookAlikes, ...]:
    """All pairs of ``people`` who are unusually near each other, the most unusual first.

    Exact: a float32 product chooses, and what it chooses is computed again in float64.

    Args:
        among: indices of people; then only pairs of which at least one is among them.
        crowding: of everybody's template, where it is known already.
    """
    if len(people) < 2:
        return ()
    rate = pair_rate(len(people), calibration)
    vectors = np.stack([template.vector for _, template in people])
    half = (calibration.crowding.estimate(vectors) if crowding is None else crowding) / 2
    counts, which = np.unique([template.pictures for _, template in people], return_inverse=True)
    thresholds = np.array([[_threshold(calibration, rate, a, b) for b in counts.tolist()] for a in counts.tolist()])
    chosen = np.arange(len(people)) if among is None else np.unique(np.asarray(among, dtype=np.intp))
    i, j = _near(vectors, half, thresholds, which, chosen)
    difference = vectors[i].astype(np.float64) - vectors[j].astype(np.float64)
    normalised = np.sqrt(np.einsum("ij,ij->i", difference, difference)) - half[i] - half[j]
    limits = thresholds[which[i], which[j]]
    found = []
    for pair in np.flatnonzero(normalised <= limits).tolist():
        one, other = sorted((people[i[pair]][0], people[j[pair]][0]), key=lambda person: person.id)
        found.append(LookAlikes(one, other, float(normalised[pair]), float(limits[pair])))
    return tuple(sorted(found, key=in_order))


def in_order(pair: LookAlikes) -> tuple[float, str, str]:
    """By what pairs are ordered: the most unusual first."""
    return (pair.excess, pair.one.id, pair.other.id)


def _threshold(calibration: Calibration, rate: float, one: int, other: int) -> float:
    """The same whoever comes first; with different numbers of pictures the tables differ a little."""
    return min(calibration.threshold(rate, one, other), calibration.threshold(rate, other, one))


def _near(
    vectors: NDArray[np.float32],
    half: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    which: NDArray[np.intp],
    chosen: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of pairs with one of ``chosen`` (ascending) that may be under their thresholds: all that are, few others.

    Two people a, b are near when ``|a - b| <= t + h(a) + h(b)``. Squared and written out, each term belongs to one of
    them or is a product of both, so that one matrix product decides::

        (|a|^2 - h(a)^2 - 2 t h(a)) + (the same of b) - 2 (a.b + h(a) h(b)) <= t^2
    """
    squared_norms = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    is_chosen = np.zeros(len(vectors), dtype=np.bool_)
    is_chosen[chosen] = True
    firsts, seconds = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    for of_one, of_other in np.ndindex(thresholds.shape):
        limit = thresholds[of_one, of_other] + _ROUNDING
        own = (squared_norms - half * (half + 2 * limit)).astype(np.float32)
        ones, others = chosen[which[chosen] == of_one], np.flatnonzero(which == of_other)
        left = np.column_stack([vectors[others], half[others], own[others], np.ones(len(others))]).astype(np.float32)
        for start in range(0, len(ones), _ROWS):
            rows = ones[start : start + _ROWS]
            # Of two who are both chosen the first alone looks at the other.
            after = 0 if len(chosen) < len(vectors) else int(np.searchsorted(others, rows[0]))
            right = np.column_stack([-2 * vectors[rows], -2 * half[rows], np.ones(len(rows)), own[rows]])
            found = np.flatnonzero((right.astype(np.float32) @ left[after:].T <= limit * limit).ravel())
            row, column = np.divmod(found, len(others) - after)
            first, second = rows[row], others[after + column]
            kept = (first < second) | (~is_chosen[second])
            kept &= limit + half[first] + half[second] > 0
            # The lesser index first, so that the sums below come out the same whoever was looked at.
            firsts.append(np.minimum(first, second)[kept])
            seconds.append(np.maximum(first, second)[kept])
    return np.concatenate(firsts), np.concatenate(seconds)
