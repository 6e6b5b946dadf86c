"""Are two pictures of one person? All pairs, by the normalised score and by the plain distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration
from argus.evaluation.identification import Sitter

FOLDS = 10

MAX_PICTURES = 4000
"""Eight million pairs, which take half a gigabyte; of more pictures every second person is compared, or every third."""


@dataclass(frozen=True, eq=False)
class PairScores:
    """Scores of pairs of pictures, ascending; lower is more alike."""

    same: NDArray[np.float64]
    different: NDArray[np.float64]

    def false_matches(self, threshold: float) -> float:
        """Share of the pairs of two people that score at most ``threshold``."""
        return float(np.searchsorted(self.different, threshold, side="right")) / len(self.different)

    def false_non_matches(self, threshold: float) -> float:
        """Share of the pairs of one person that score more."""
        return 1 - float(np.searchsorted(self.same, threshold, side="right")) / len(self.same)

    def missed_at(self, false_match_rate: float) -> float | None:
        """False non-matches at the laxest threshold that keeps to the rate; None when the pairs are too few for it."""
        allowed = int(false_match_rate * len(self.different))
        if allowed < 1 or allowed >= len(self.different):
            return None
        return self.false_non_matches(float(np.nextafter(self.different[allowed], -np.inf)))

    @property
    def best_threshold(self) -> float:
        """Where false matches and false non-matches are the fewest, as shares of their own kind."""
        thresholds = np.concatenate([self.same, [self.different[0]]])
        errors = np.searchsorted(self.different, thresholds, side="right") / len(self.different) + 1
        errors -= np.searchsorted(self.same, thresholds, side="right") / len(self.same)
        return float(thresholds[int(errors.argmin())])

    def accuracy(self, threshold: float) -> float:
        """The mean of the shares of pairs told rightly of one person and of two: both kinds count alike."""
        return 1 - (self.false_matches(threshold) + self.false_non_matches(threshold)) / 2


@dataclass(frozen=True, eq=False)
class Verification:
    """Verification over all pairs.

    Attributes:
        scores: of all pairs.
        accuracies: of each fold, at the threshold that is best for pairs of people of the other folds.
    """

    scores: PairScores
    accuracies: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        return float(np.mean(self.accuracies))

    @property
    def standard_error(self) -> float:
        """Of :attr:`accuracy`, by the folds' spread."""
        return float(np.std(self.accuracies, ddof=1)) / float(np.sqrt(len(self.accuracies)))


def verify(sitters: Sequence[Sitter], calibration: Calibration | None) -> Verification | None:
    """Compares every picture with every other, of MAX_PICTURES or somewhat more.

    People, not pairs, are dealt to the folds, those with several pictures first: nobody is in two folds, and each has
    somebody with several pictures and somebody else. With fewer people there are fewer folds than ten.

    Args:
        sitters: different people.
        calibration: normalises the distances; None compares plain Euclidean ones.

    Returns:
        None with fewer than two people who have several pictures, or fewer than four people.
    """
    pictures = sum(len(sitter.vectors) for sitter in sitters)
    sitters = sitters[:: max(1, math.ceil(pictures / MAX_PICTURES))]
    several = sum(len(sitter.vectors) > 1 for sitter in sitters)
    folds = min(FOLDS, several, len(sitters) // 2)
    if folds < 2:
        return None
    scores, same = _pairs(sitters, calibration)
    fold_of = np.repeat(_deal(sitters, folds), [len(sitter.vectors) for sitter in sitters])
    rows, columns = np.triu_indices(len(fold_of), 1)
    first, second = fold_of[rows], fold_of[columns]
    accuracies = []
    for fold in range(folds):
        inside = (first == fold) & (second == fold)
        outside = (first != fold) & (second != fold)
        threshold = _split(scores[outside], same[outside]).best_threshold
        accuracies.append(_split(scores[inside], same[inside]).accuracy(threshold))
    return Verification(_split(scores, same), tuple(accuracies))


def _deal(sitters: Sequence[Sitter], folds: int) -> NDArray[np.int64]:
    """Each sitter's fold."""
    several_first = sorted(range(len(sitters)), key=lambda index: len(sitters[index].vectors) == 1)
    dealt = np.empty(len(sitters), np.int64)
    dealt[several_first] = np.arange(len(sitters)) % folds
    return dealt


def _pairs(sitters: Sequence[Sitter], calibration: Calibration | None) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores of all pairs, and whether they are of one person, in the order of ``np.triu_indices``."""
    vectors = np.concatenate([sitter.vectors for sitter in sitters])
    owners = np.repeat(np.arange(len(sitters)), [len(sitter.vectors) for sitter in sitters])
    rows, columns = np.triu_indices(len(vectors), 1)
    wide = vectors.astype(np.float64)
    squares = np.einsum("ij,ij->i", wide, wide)
    squared = squares[:, np.newaxis] + squares - 2 * wide @ wide.T
    scores = np.sqrt(np.maximum(squared, 0))[rows, columns]
    if calibration is not None:
        crowding = calibration.crowding.estimate(vectors)
        scores = scores - (crowding[rows] + crowding[columns]) / 2
    return scores, owners[rows] == owners[columns]


def _split(scores: NDArray[np.float64], same: NDArray[np.bool_]) -> PairScores:
    return PairScores(np.sort(scores[same]), np.sort(scores[~same]))
