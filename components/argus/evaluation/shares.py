"""A counted share with what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964
"""Of a two-sided 95 % interval."""


@dataclass(frozen=True)
class Share:
    """So many of so many trials.

    Attributes:
        hits: of the trials.
        trials: how many there were; pooled over rotations.
        people: how many different people they were made with.
    """

    hits: int
    trials: int
    people: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.trials or not 0 <= self.people <= self.trials:
            raise ValueError(f"{self.hits} of {self.trials} trials with {self.people} people cannot be")

    @property
    def value(self) -> float | None:
        """0 to 1; None when there was no trial."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, with each person as one trial.

        A person's pictures, and the same picture against other pictures of the enrolled, fail and succeed together:
        counting all trials would promise more than so few people can tell.
        """
        value = self.value
        return (0.0, 1.0) if value is None else wilson(value, self.people)


def wilson(share: float, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of ``share`` seen in ``trials`` independent trials (at least 1)."""
    scale = 1 + _Z**2 / trials
    centre = (share + _Z**2 / (2 * trials)) / scale
    half = _Z / scale * math.sqrt(share * (1 - share) / trials + (_Z / (2 * trials)) ** 2)
    return max(0.0, centre - half), min(1.0, centre + half)
