"""Which of a track's pictures are looked at, and when.

A look is a comparison with the collection, and every look is a chance to name a stranger wrongly. So there are
at most LOOKS of them, each at an equal part of the wanted false-alarm rate (they add up to at most the wanted
one), and they come on a fixed schedule, never "as soon as something fits" (deciding at the first running mean
that passes multiplies the false alarms by five).

The schedule: time is cut into windows, each offers its best picture, and a look takes PICTURES_PER_LOOK of
them. Pictures too poor to call somebody a stranger wait aside; when a track ends or lasts long without enough
good ones, a look makes do with what there is.

==================================  ======================================  ==========================
when                                pictures                                then
==================================  ======================================  ==========================
enough good pictures                the good ones                           a look
the patience is over, no look yet   good ones, then the best poor ones      a look
the track ends, new pictures since  good ones, then the best poor ones      the last look
==================================  ======================================  ==========================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from argus.core.matching import Reason

LOOKS = 2
"""A decision, and one chance to revise it."""

PICTURES_PER_LOOK = 4
"""The calibration tables end at four pictures, and the gain flattens there."""

_GOOD_ENOUGH = 2
"""So many good pictures make somebody a stranger; one is enough only of a face that stayed, as in a still scene."""

Crop = TypeVar("Crop")


@dataclass(frozen=True)
class Offer(Generic[Crop]):
    """A picture of a track's face.

    Attributes:
        crop: the picture, in whatever form the caller embeds.
        score: its quality, 0 to 1; the best of a window is taken.
        poor: what makes it too poor to call somebody a stranger, or None.
    """

    crop: Crop
    score: float
    poor: Reason | None


@dataclass(frozen=True)
class Look(Generic[Crop]):
    """Pictures to embed and compare now.

    Attributes:
        crops: the good ones first, each kind best first.
        good: how many are good.
        poor: why they cannot make somebody a stranger, if they cannot.
    """

    crops: tuple[Crop, ...]
    good: int
    poor: Reason | None


@dataclass(frozen=True)
class Schedule:
    """When a track's pictures are taken.

    Attributes:
        window_seconds: each window offers one picture; wide enough that pictures differ.
        patience_seconds: how long a first look waits for good pictures.
    """

    window_seconds: float = 0.3
    patience_seconds: float = 3.0


@dataclass
class TrackEvidence(Generic[Crop]):
    """The pictures of one track, from its first frame to its last look."""

    schedule: Schedule
    began_at_seconds: float
    looks: int = 0
    _good: list[Offer[Crop]] = field(default_factory=list)
    _poor: list[Offer[Crop]] = field(default_factory=list)
    _window_began_at: float | None = None
    _best: Offer[Crop] | None = None

    @property
    def finished(self) -> bool:
        """No look is left: further pictures need not be made."""
        return self.looks >= LOOKS

    def offer(self, offer: Offer[Crop], at_seconds: float) -> None:
        """Takes a picture into the window of ``at_seconds``; only the window's best is kept."""
        if self.finished:
            return
        if self._window_over(at_seconds):
            self._close_window()
        if self._window_began_at is None:
            self._window_began_at = at_seconds
        if self._best is None or _rank(offer) > _rank(self._best):
            self._best = offer

    def due(self, at_seconds: float, *, ended: bool = False) -> Look[Crop] | None:
        """The look that is due now, if any; asking takes it."""
        if self.finished:
            return None
        if ended or self._window_over(at_seconds):
            self._close_window()
        waited = self.looks == 0 and at_seconds - self.began_at_seconds >= self.schedule.patience_seconds
        if len(self._good) >= PICTURES_PER_LOOK or ((waited or ended) and (self._good or self._poor)):
            return self._take(enough=1 if waited else _GOOD_ENOUGH)
        return None

    def finish(self) -> None:
        """Nothing more needs to be looked at: somebody was named."""
        self.looks = LOOKS
        self._good.clear()
        self._poor.clear()
        self._best = None

    def _window_over(self, at_seconds: float) -> bool:
        began = self._window_began_at
        return began is not None and at_seconds - began >= self.schedule.window_seconds

    def _close_window(self) -> None:
        if self._best is not None:
            pictures = self._good if self._best.poor is None else self._poor
            pictures.append(self._best)
            # Of poor pictures only the best few are worth their memory; the good ones are taken four at a time.
            pictures.sort(key=_rank, reverse=True)
            del pictures[PICTURES_PER_LOOK:]
        self._best, self._window_began_at = None, None

    def _take(self, enough: int) -> Look[Crop]:
        taken = (self._good + self._poor)[:PICTURES_PER_LOOK]
        poor = None
        if len(self._good) < enough:
            poor = self._poor[0].poor if self._poor else Reason.FEW_PICTURES
        look = Look(tuple(offer.crop for offer in taken), min(len(self._good), len(taken)), poor)
        self.looks += 1
        self._good.clear()
        self._poor.clear()
        return look


def _rank(offer: Offer[Crop]) -> tuple[bool, float]:
    return (offer.poor is None, offer.score)
