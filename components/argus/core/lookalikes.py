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

_ROWS = 512
"""People compared with everybody at once: 4 MB for 2,000 people."""

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


def look_alikes(people: Sequence[tuple[Person, Template]], calibration: Calibration) -> tuple[LookAlikes, ...]:
    """All pairs of ``people`` who are unusually near each other, the most unusual first.

    Exact: a float32 product chooses, and what it chooses is computed again in float64.
    """
    if len(people) < 2:
        return ()
    pair_rate = calibration.strictness(CHANCE, len(people) * (len(people) - 1) // 2).pair_rate
    vectors = np.stack([template.vector for _, template in people])
    half = calibration.crowding.estimate(vectors) / 2
    counts, which = np.unique([template.pictures for _, template in people], return_inverse=True)
    thresholds = np.array(
        [[_threshold(calibration, pair_rate, a, b) for b in counts.tolist()] for a in counts.tolist()]
    )
    i, j = _near(vectors, half, thresholds, which)
    difference = vectors[i].astype(np.float64) - vectors[j].astype(np.float64)
    normalised = np.sqrt(np.einsum("ij,ij->i", difference, difference)) - half[i] - half[j]
    limits = thresholds[which[i], which[j]]
    found = []
    for pair in np.flatnonzero(normalised <= limits).tolist():
        one, other = sorted((people[i[pair]][0], people[j[pair]][0]), key=lambda person: person.id)
        found.append(LookAlikes(one, other, float(normalised[pair]), float(limits[pair])))
    return tuple(sorted(found, key=lambda pair: (pair.excess, pair.one.id, pair.other.id)))


def _threshold(calibration: Calibration, pair_rate: float, one: int, other: int) -> float:
    """The same whoever comes first; with different numbers of pictures the tables differ a little."""
    return min(calibration.threshold(pair_rate, one, other), calibration.threshold(pair_rate, other, one))


def _near(
    vectors: NDArray[np.float32], half: NDArray[np.float64], thresholds: NDArray[np.float64], which: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of pairs that may be under their thresholds: of all that are, and of few others."""
    squared_norms = np.einsum("ij,ij->i", vectors, vectors)
    narrow, limits = half.astype(np.float32), (thresholds + _ROUNDING).astype(np.float32)
    firsts, seconds = [], []
    for start in range(0, len(vectors), _ROWS):
        rows, rest = slice(start, start + _ROWS), slice(start, None)
        squared = squared_norms[rows, None] + squared_norms[rest] - 2 * (vectors[rows] @ vectors[rest].T)
        reach = limits[which[rows]][:, which[rest]] + narrow[rows, None] + narrow[rest]
        first, second = np.nonzero((reach > 0) & (squared <= reach * reach))
        once = first < second
        firsts.append(start + first[once])
        seconds.append(start + second[once])
    return np.concatenate(firsts), np.concatenate(seconds)
