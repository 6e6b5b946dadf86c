"""Strangers who come again: how a stranger is known to be the same.

Rule
    When a visit is told as ``unknown``, the mean of its pictures is compared with every stranger who is remembered.
    The nearest, by how far each is under the threshold, is the same person when under it; else the visit is a new
    stranger's. It is how visits are continued (:mod:`argus.core.visits`), for the whole device instead of one camera.
Threshold
    The normalised distance of the calibration at MISTAKEN_RATE for as many as are remembered and for the numbers of
    pictures on both sides: of strangers who never came before, one in a hundred at most is taken for somebody else.
    The tables were counted on pictures of different days. Those of one visit are more alike, so that four of them are
    worth fewer than four: fewer strangers than that are mistaken for others, and more are not known again.
Refreshing
    Whoever is known again has the visit's pictures averaged in; beyond PICTURES_KEPT the earlier ones weigh less
    each time, so that the mean follows the last few visits.
Expiry
    Somebody is forgotten when not seen again for as long as the user allows, by default a day; and at once when a
    visit that was a stranger's turns out to be an enrolled person's. At most STRANGERS_KEPT are remembered: whoever
    was not seen for longest goes first.

What was measured is in ``docs/decisions/0004-strangers-memory.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from argus.core.calibration import Calibration
from argus.core.errors import ModelError
from argus.core.types import Template

MISTAKEN_RATE = 0.01
"""The share of new strangers who may be taken for one who is remembered."""

PICTURES_KEPT = 8
"""Two visits' worth: the looks are steady from the second visit on, and nobody is tied to how they looked at first."""

STRANGERS_KEPT = 1000
"""Half of what the calibration reaches at MISTAKEN_RATE; half a megabyte."""


@dataclass(frozen=True, eq=False)
class Stranger:
    """Somebody without a name who may come again.

    Attributes:
        id: stands in events as ``stranger_id``.
        template: the mean of the newest pictures.
        first_seen_at, seen_at: when their first and their newest visit were told, aware UTC.
        expires_at: forgotten then, if not seen again.
        visits: how many.
    """

    id: str
    template: Template
    first_seen_at: datetime
    seen_at: datetime
    expires_at: datetime
    visits: int

    @classmethod
    def new(cls, stranger_id: str, template: Template, now: datetime, keep: timedelta) -> Stranger:
        """Somebody seen for the first time."""
        return cls(stranger_id, template, now, now, now + keep, 1)

    def seen_again(self, template: Template, now: datetime, keep: timedelta) -> Stranger:
        """The same with the pictures of another visit."""
        return replace(
            self,
            template=_blended(self.template, template),
            seen_at=now,
            expires_at=now + keep,
            visits=self.visits + 1,
        )


def known_again(template: Template, strangers: Sequence[Stranger], calibration: Calibration) -> Stranger | None:
    """Who of ``strangers`` is the one in the pictures, if anybody.

    Raises:
        ModelError: somebody's template was made by another model.
    """
    if not strangers:
        return None
    if any(stranger.template.model_id != template.model_id for stranger in strangers):
        raise ModelError(f"strangers remembered by another model than {template.model_id} cannot be known again")
    pair_rate = calibration.strictness(MISTAKEN_RATE, len(strangers)).pair_rate
    counts = [stranger.template.pictures for stranger in strangers]
    by_count = {count: calibration.threshold(pair_rate, count, template.pictures) for count in set(counts)}
    vectors = np.stack([stranger.template.vector for stranger in strangers]).astype(np.float64)
    own = template.vector.astype(np.float64)
    crowding = calibration.crowding.estimate(vectors) + calibration.crowding.estimate(own[np.newaxis])
    excess = np.linalg.norm(vectors - own, axis=1) - crowding / 2 - [by_count[count] for count in counts]
    nearest = int(np.argmin(excess))
    return strangers[nearest] if excess[nearest] <= 0 else None


def still_remembered(strangers: Iterable[Stranger], now: datetime, keep: timedelta) -> tuple[Stranger, ...]:
    """Those who have not expired, the newest first and no more than STRANGERS_KEPT.

    Nobody outlives ``keep`` from now on, whatever was allowed when they were seen, or a wrong clock has said.
    """
    latest = now + keep
    kept = [
        replace(stranger, expires_at=min(stranger.expires_at, latest))
        for stranger in strangers
        if stranger.expires_at > now
    ]
    kept.sort(key=lambda stranger: (stranger.seen_at, stranger.id), reverse=True)
    return tuple(kept[:STRANGERS_KEPT])


def _blended(earlier: Template, newer: Template) -> Template:
    """The mean of both, of PICTURES_KEPT pictures at most; the newer ones count in full."""
    new = min(newer.pictures, PICTURES_KEPT)
    old = min(earlier.pictures, PICTURES_KEPT - new)
    total = old + new
    mean = (old * earlier.vector.astype(np.float64) + new * newer.vector.astype(np.float64)) / total
    return Template(mean.astype(np.float32), total, newer.model_id)
