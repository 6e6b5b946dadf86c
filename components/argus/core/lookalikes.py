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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration
from argus.core.types import Person, Template

CHANCE = 0.05
"""Share of collections, of people who are no more alike than strangers are, with any pair that is called alike."""

_AXES = 24
"""Numbers of each vector that are compared first: they hold four fifths of what tells people apart, and pass about one
pair in three million of those that are no look-alikes (100,000 people perturbed from 300 real ones)."""

_SAMPLE = 2048
"""So many people, at most, say which axes those are, and are turned to them at once: 2 MB in float64."""

_BLOCK = 2048
"""So many people are compared with as many at once: 16 MB. With smaller blocks the threads of a busy processor wait for
each other more often than they compare."""

_PAIRS = 8192
"""Pairs compared at once in float64: 16 MB."""


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

    Exact: a few numbers of each vector bound the distance from below, and pairs that may be near are computed in
    float64.

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
    found = []
    for i, j in _candidates(vectors, half, float(thresholds.max()), chosen):
        difference = vectors[i].astype(np.float64) - vectors[j].astype(np.float64)
        normalised = np.sqrt(np.einsum("ij,ij->i", difference, difference)) - half[i] - half[j]
        limits = thresholds[which[i], which[j]]
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


def _candidates(
    vectors: NDArray[np.float32], half: NDArray[np.float64], threshold: float, chosen: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Indices, the lesser first, of pairs with one of ``chosen`` (ascending): all that may be near, and few others.

    Two people a, b are near when ``|a - b| <= t + h(a) + h(b)``. With P(a) some axes' part of a and r(a) the length of
    the rest, ``|P(a) - P(b)|^2 + (r(a) - r(b))^2 <= |a - b|^2``. Squared and written out, each term belongs to one of
    them or is a product of both, so that one matrix product decides::

        (|a|^2 - h(a)^2 - 2 t h(a)) + (the same of b) - 2 (P(a).P(b) + r(a) r(b) + h(a) h(b)) <= t^2
    """
    parts, rest, squared_norms = _reduced(vectors)
    own = squared_norms - half * (half + 2 * threshold)
    ones = np.ones(len(vectors))
    left = np.column_stack([parts, rest, half, own, ones]).astype(np.float32)
    right = np.column_stack([-2 * parts, -2 * rest, -2 * half, ones, own]).astype(np.float32)[chosen]
    # By no more than this is a float32 product of such rows wrong, whatever the order of its sum.
    sizes = [float(np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64).max())) for rows in (left, right)]
    bound = threshold**2 + 2 * left.shape[1] * float(np.finfo(np.float32).eps) * sizes[0] * sizes[1]
    is_chosen = np.zeros(len(vectors), dtype=np.bool_)
    is_chosen[chosen] = True
    for start in range(0, len(chosen), _BLOCK):
        rows = chosen[start : start + _BLOCK]
        # Of two who are both chosen the first alone looks at the other.
        first_column = 0 if len(chosen) < len(vectors) else start
        for column in range(first_column, len(vectors), _BLOCK):
            columns = left[column : column + _BLOCK]
            compared = right[start : start + _BLOCK] @ columns.T
            if compared.min() > bound:
                continue  # as nearly always
            found = np.flatnonzero(compared <= bound)
            one, other = rows[found // len(columns)], column + found % len(columns)
            kept = (one < other) | ~is_chosen[other]
            lesser, greater = np.minimum(one, other)[kept], np.maximum(one, other)[kept]
            for pair in range(0, len(lesser), _PAIRS):
                yield lesser[pair : pair + _PAIRS], greater[pair : pair + _PAIRS]


def _reduced(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Each vector, from where most are: its part along the axes that tell most, the length of the rest, and its square.

    Any axes at right angles bound distances; those along which people differ most do it best.
    """
    sample = vectors[:: -(-len(vectors) // _SAMPLE)].astype(np.float64)
    centre = sample.mean(axis=0)
    axes = np.linalg.eigh((sample - centre).T @ (sample - centre))[1][:, -_AXES:]
    parts, squared_norms = np.empty((len(vectors), _AXES)), np.empty(len(vectors))
    for start in range(0, len(vectors), _SAMPLE):
        block = slice(start, start + _SAMPLE)
        centred = vectors[block] - centre
        parts[block] = centred @ axes
        squared_norms[block] = np.einsum("ij,ij->i", centred, centred)
    rest = np.sqrt(np.maximum(squared_norms - np.einsum("ij,ij->i", parts, parts), 0))
    return parts, rest, squared_norms
