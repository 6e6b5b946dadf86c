"""What a decision rested on, kept so that it can be explained and corrected later.

A :class:`Grounds` holds numbers only; :mod:`argus.core.explaining` puts them into words.
"""

from __future__ import annotations

from dataclasses import dataclass

from argus.core.calibration import Strictness
from argus.core.matching import MARGIN_FACTOR, NEAR_FACTOR, Candidate, Decision, Gallery, Outcome, Reason
from argus.core.types import Person, Template

NEAREST = 5
"""So many people are kept with a decision."""

SMALLEST_RATE, _LARGEST_RATE = 1e-6, 0.5
_HALVINGS = 24
"""Of the range of rates, on a logarithmic scale: to one part in a million."""


@dataclass(frozen=True)
class Grounds:
    """A decision with all that it rested on.

    Attributes:
        outcome, reason: what the look came to.
        poor: what made the pictures too poor to call somebody a stranger, if anything.
        candidates: the nearest people, nearest first; none when nobody is enrolled.
        probe_pictures: how many pictures of the face were averaged.
        strictness: what the wanted rate of this look asked of each comparison.
        near: so far over the nearest person's threshold nobody is called a stranger.
        apart: so far must the second person be behind the first when both are under their thresholds.
        turning_rate: the wanted rate at which the nearest person's threshold would lie just here; at least 1e-6, and
            None when even half of all strangers would not.
    """

    outcome: Outcome
    reason: Reason | None
    poor: Reason | None
    candidates: tuple[Candidate, ...]
    probe_pictures: int
    strictness: Strictness
    near: float
    apart: float
    turning_rate: float | None

    @property
    def best(self) -> Candidate | None:
        """The nearest person, whatever the outcome."""
        return self.candidates[0] if self.candidates else None

    @property
    def person(self) -> Person | None:
        """Who was named."""
        return self.candidates[0].person if self.outcome is Outcome.MATCH else None

    @property
    def under(self) -> tuple[Candidate, ...]:
        """Those of the nearest who are under their thresholds."""
        return tuple(candidate for candidate in self.candidates if candidate.excess <= 0)


def grounds_of(
    gallery: Gallery, probe: Template, rate: float, poor: Reason | None, decision: Decision | None = None
) -> Grounds:
    """The grounds of ``gallery.decide(probe, rate, poor)``.

    Args:
        gallery: the people compared with.
        probe: mean of the pictures of one face.
        rate: wanted share of strangers who are given somebody's name by this look.
        poor: see :meth:`argus.core.matching.Gallery.decide`.
        decision: what that came to, when it has been asked already.
    """
    decision = decision or gallery.decide(probe, rate, poor)
    strictness = gallery.strictness(rate)
    candidates = gallery.rank(probe, strictness.pair_rate, NEAREST)
    near = apart = 0.0
    turning_rate = None
    if candidates:
        best = candidates[0]
        near = best.stricter_by + gallery.slack(best, probe.pictures, NEAR_FACTOR, rate)
        apart = gallery.slack(best, probe.pictures, MARGIN_FACTOR, rate)
        turning_rate = _turning_rate(gallery, best, probe.pictures)
    return Grounds(
        decision.outcome, decision.reason, poor, candidates, probe.pictures, strictness, near, apart, turning_rate
    )


def _turning_rate(gallery: Gallery, candidate: Candidate, probe_pictures: int) -> float | None:
    score = candidate.normalised_distance + candidate.stricter_by

    def threshold(rate: float) -> float:
        pair_rate = gallery.strictness(rate).pair_rate
        return gallery.calibration.threshold(pair_rate, candidate.pictures, probe_pictures)

    low, high = SMALLEST_RATE, _LARGEST_RATE
    if threshold(high) < score:
        return None
    if threshold(low) >= score:
        return low
    for _ in range(_HALVINGS):
        middle = (low * high) ** 0.5
        if threshold(middle) < score:
            low = middle
        else:
            high = middle
    return high
