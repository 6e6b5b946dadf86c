"""One probe against everybody: who is nearest, and is it near enough?

Every person is compared; each has a threshold of their own (by how many pictures were averaged), and people
are ranked by how far below it the probe falls. The outcome is one of three:

- ``match``: one person is under the threshold, and nobody else is nearly as likely.
- ``unknown``: good evidence, and nobody is near.
- ``uncertain``: anything else, with its reason. It alerts nobody.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration, Strictness
from argus.core.errors import ModelError
from argus.core.lookalikes import LookAlikes, in_order, look_alikes, pair_rate
from argus.core.types import EMBEDDING_SIZE, MIRROR_MODEL_ID, Person, Template

NEAR_FACTOR = 5.0
"""Between the threshold and the one at five times the wanted rate nobody is named and nobody is called a
stranger: of strangers some four in a hundred fall there at a wanted 1 %, of wrongly unnamed people about half."""

MARGIN_FACTOR = 10.0
"""Two people under their thresholds: the first is named only when the second is farther by as much as lies between
the threshold and the one at ten times the rate."""

ALIKE_FACTOR = 10.0
"""Whoever has a look-alike is matched at a tenth of the rate per pair: for the nearest pairs false matches were 3 to 8
times as frequent as for others (:mod:`argus.core.lookalikes`)."""


class Outcome(str, Enum):
    """What a look at somebody came to."""

    MATCH = "match"
    UNKNOWN = "unknown"
    UNCERTAIN = "uncertain"


class Reason(str, Enum):
    """Why an outcome is uncertain."""

    SMALL = "small"
    BLURRED = "blurred"
    TURNED = "turned"
    DARK = "dark"
    BRIGHT = "bright"
    NEAR_THRESHOLD = "near_threshold"
    THIN_MARGIN = "thin_margin"
    FEW_PICTURES = "few_pictures"


class Enrolled(Protocol):
    """A person with the template that stands for them."""

    @property
    def person(self) -> Person: ...

    @property
    def template(self) -> Template: ...

    @property
    def stricter_by(self) -> float:
        """By how much the threshold is lowered, in normalised distance; at least 0."""
        ...


@dataclass(frozen=True)
class Candidate:
    """One enrolled person, compared with a probe.

    Attributes:
        distance: Euclidean distance of the two templates.
        normalised_distance: the distance less half the crowding of each; comparable between people.
        threshold: the normalised distance under which this person is matched.
        pictures: how many enrolled pictures were averaged.
        stricter_by: by how much the threshold is lower than others' with as many pictures.
    """

    person: Person
    distance: float
    normalised_distance: float
    threshold: float
    pictures: int
    stricter_by: float = 0.0

    @property
    def excess(self) -> float:
        """How far the probe is outside (positive) or inside (negative) the person's threshold."""
        return self.normalised_distance - self.threshold


@dataclass(frozen=True)
class Decision:
    """What a look came to, and on what grounds.

    Attributes:
        outcome: see the module.
        best: the nearest person, whatever the outcome; None when nobody is enrolled.
        margin: how much farther from their threshold the second person is; None with fewer than two people.
        reason: why it is uncertain, else None.
        probe_pictures: how many pictures of the probe were averaged.
    """

    outcome: Outcome
    best: Candidate | None
    margin: float | None
    reason: Reason | None
    probe_pictures: int

    @property
    def person(self) -> Person | None:
        """Who it is; a stranger or an uncertain face is None, never a magic name."""
        return self.best.person if self.best is not None and self.outcome is Outcome.MATCH else None


def normalised_distance(calibration: Calibration, one: Template, other: Template) -> float:
    """Distance of two templates less half the crowding of each.

    Raises:
        ModelError: they were made by different models.
    """
    if one.model_id != other.model_id:
        raise ModelError(f"a vector of {one.model_id} cannot be compared with {other.model_id}: use one model for both")
    difference = one.vector.astype(np.float64) - other.vector.astype(np.float64)
    crowding = calibration.crowding.estimate(np.stack([one.vector, other.vector]))
    return float(np.sqrt(difference @ difference)) - float(crowding.sum()) / 2


class Gallery:
    """The enrolled people, ready to be searched. Immutable; a changed collection makes a new one.

    People who look unusually much alike (:attr:`look_alikes`) have stricter thresholds than others.

    The search is exact: squared distances by one float32 product with cached norms choose the nearest, whose
    distances are then computed again in float64.

    Args:
        enrolled: who.
        before: a gallery with the same calibration that holds most of these people already: its look-alikes are taken
            over, so that of 100,000 people only those who are new or changed are compared with everybody.
    """

    def __init__(
        self,
        enrolled: Sequence[Enrolled],
        calibration: Calibration,
        model_id: str = MIRROR_MODEL_ID,
        before: Gallery | None = None,
    ) -> None:
        foreign = sorted({entry.template.model_id for entry in enrolled} - {model_id})
        if foreign:
            raise ModelError(f"vectors of {foreign[0]} cannot be compared with {model_id}: enrol the photos again")
        self.model_id = model_id
        self.calibration = calibration
        self._people = [entry.person for entry in enrolled]
        self._templates = [entry.template for entry in enrolled]
        self._pictures = np.array([template.pictures for template in self._templates], dtype=np.int64)
        self._stricter_by = np.array([entry.stricter_by for entry in enrolled], dtype=np.float64)
        stayed = self._rows_in(before)
        self._vectors = np.empty((len(enrolled), EMBEDDING_SIZE), np.float32)
        self._crowding = np.empty(len(enrolled))
        if before is not None:
            self._vectors[stayed >= 0] = before._vectors[stayed[stayed >= 0]]
            self._crowding[stayed >= 0] = before._crowding[stayed[stayed >= 0]]
        new = np.flatnonzero(stayed < 0)
        for row in new.tolist():
            self._vectors[row] = self._templates[row].vector
        self._crowding[new] = calibration.crowding.estimate(self._vectors[new])
        self._squared_norms = np.einsum("ij,ij->i", self._vectors, self._vectors)
        self.look_alikes = self._look_alikes(new.tolist(), stayed, before)
        alike = {person.id for pair in self.look_alikes for person in pair.people}
        self._alike = np.array([person.id in alike for person in self._people], dtype=np.bool_)

    def __len__(self) -> int:
        return len(self._people)

    def _rows_in(self, before: Gallery | None) -> NDArray[np.intp]:
        """Where each person stood in ``before``, with the very same template; -1 for who is new or changed."""
        if before is None:
            return np.full(len(self), -1)
        rows = {id(template): row for row, template in enumerate(before._templates)}
        found = [rows.get(id(template), -1) for template in self._templates]
        people = before._people
        return np.array(
            [
                row if row >= 0 and (people[row] is person or people[row] == person) else -1
                for row, person in zip(found, self._people, strict=True)
            ],
            dtype=np.intp,
        )

    def _look_alikes(
        self, new: Sequence[int], stayed: NDArray[np.intp], before: Gallery | None
    ) -> tuple[LookAlikes, ...]:
        people = list(zip(self._people, self._templates, strict=True))
        # With fewer people another distance is unusual; from some 400 on the tables end, and it stays.
        if not before or pair_rate(len(self), self.calibration) != pair_rate(len(before), self.calibration):
            return look_alikes(people, self.calibration, crowding=self._crowding)
        gone = {before._people[row].id for row in set(range(len(before))).difference(stayed.tolist())}
        pairs = [pair for pair in before.look_alikes if pair.one.id not in gone and pair.other.id not in gone]
        # There may be very many, in their order already.
        for pair in look_alikes(people, self.calibration, new, self._crowding):
            insort(pairs, pair, key=in_order)
        return tuple(pairs)

    def strictness(self, false_alarm_rate: float) -> Strictness:
        """What ``false_alarm_rate`` means with as many people as are enrolled."""
        return self.calibration.strictness(false_alarm_rate, len(self))

    def rank(self, probe: Template, pair_rate: float, top: int = 5) -> tuple[Candidate, ...]:
        """The ``top`` nearest people, nearest first, with thresholds at ``pair_rate``.

        Raises:
            ModelError: the probe was made by another model than the gallery.
        """
        if probe.model_id != self.model_id:
            raise ModelError(f"a vector of {probe.model_id} cannot be compared with {self.model_id}: use one model")
        if not self._people:
            return ()
        probe_crowding = float(self.calibration.crowding.estimate(probe.vector[np.newaxis])[0])
        ordinary, stricter_by = self._thresholds(pair_rate, probe.pictures)
        squared = self._squared_norms - 2 * (self._vectors @ probe.vector) + probe.vector @ probe.vector
        excess = np.sqrt(np.maximum(squared, 0)) - (self._crowding + probe_crowding) / 2 - ordinary + stricter_by
        # Some more than asked for, so that float32 rounding cannot leave one of the nearest out.
        wanted = min(len(self), top + 8)
        nearest = np.argpartition(excess, wanted - 1)[:wanted]
        candidates = [
            self._candidate(int(index), probe, probe_crowding, float(ordinary[index]), float(stricter_by[index]))
            for index in nearest
        ]
        return tuple(sorted(candidates, key=lambda candidate: (candidate.excess, candidate.person.id))[:top])

    def decide(self, probe: Template, false_alarm_rate: float, poor: Reason | None = None) -> Decision:
        """Names the probe, calls it a stranger, or leaves it open.

        Args:
            probe: mean of the pictures of one face.
            false_alarm_rate: wanted share of strangers who are given somebody's name by this look.
            poor: what makes the pictures too poor to call somebody a stranger, if anything; a match needs no more
                than to be under the threshold.
        """
        strictness = self.strictness(false_alarm_rate)
        candidates = self.rank(probe, strictness.pair_rate, top=2)
        if not candidates:
            outcome = Outcome.UNCERTAIN if poor else Outcome.UNKNOWN
            return Decision(outcome, None, None, poor, probe.pictures)
        best = candidates[0]
        margin = candidates[1].excess - best.excess if len(candidates) > 1 else None
        outcome, reason = self._outcome(candidates, probe.pictures, false_alarm_rate, poor)
        return Decision(outcome, best, margin, reason, probe.pictures)

    def slack(self, candidate: Candidate, probe_pictures: int, factor: float, false_alarm_rate: float) -> float:
        """How much farther the candidate's threshold is at ``factor`` times the rate."""
        laxer = self.strictness(min(0.5, factor * false_alarm_rate)).pair_rate
        ordinary = candidate.threshold + candidate.stricter_by
        return self.calibration.threshold(laxer, candidate.pictures, probe_pictures) - ordinary

    def _outcome(
        self, candidates: tuple[Candidate, ...], probe_pictures: int, rate: float, poor: Reason | None
    ) -> tuple[Outcome, Reason | None]:
        best = candidates[0]
        if best.excess <= 0:
            rivals = [candidate for candidate in candidates[1:] if candidate.excess <= 0]
            if rivals and rivals[0].excess - best.excess < self.slack(best, probe_pictures, MARGIN_FACTOR, rate):
                return Outcome.UNCERTAIN, Reason.THIN_MARGIN
            return Outcome.MATCH, None
        # Whose threshold was lowered is named less easily; nobody is called a stranger more easily for it.
        if best.excess <= best.stricter_by + self.slack(best, probe_pictures, NEAR_FACTOR, rate):
            return Outcome.UNCERTAIN, Reason.NEAR_THRESHOLD
        if poor is not None:
            return Outcome.UNCERTAIN, poor
        return Outcome.UNKNOWN, None

    def _thresholds(self, pair_rate: float, probe_pictures: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Everybody's threshold, as it would be by the number of pictures alone, and by how much it is lowered."""
        counts, where = np.unique(self._pictures, return_inverse=True)
        # Where the tables end, the last step that they hold is the step.
        laxer = max(pair_rate, ALIKE_FACTOR * self.calibration.smallest_pair_rate)
        thresholds, steps = [], []
        for count in counts.tolist():
            at = partial(self.calibration.threshold, enrolled_pictures=count, probe_pictures=probe_pictures)
            thresholds.append(at(pair_rate))
            steps.append(at(laxer) - at(laxer / ALIKE_FACTOR))
        return np.array(thresholds)[where], self._stricter_by + np.where(self._alike, np.array(steps)[where], 0)

    def _candidate(
        self, index: int, probe: Template, probe_crowding: float, ordinary: float, stricter_by: float
    ) -> Candidate:
        difference = self._vectors[index].astype(np.float64) - probe.vector.astype(np.float64)
        distance = float(np.sqrt(difference @ difference))
        normalised = distance - (float(self._crowding[index]) + probe_crowding) / 2
        return Candidate(
            person=self._people[index],
            distance=distance,
            normalised_distance=normalised,
            threshold=ordinary - stricter_by,
            pictures=int(self._pictures[index]),
            stricter_by=stricter_by,
        )
