"""Naming people and strangers, as a collection of such people would have.

Everybody with enough pictures is enrolled with the first few of them; what is left over are probes. Which pictures
come first is rotated, and the counts of all rotations are pooled. Strangers are probes of people who are not
enrolled; where none are given, or they have too few pictures for a probe, each person in turn is left out of the
collection and is the stranger.

The customary way stands beside it: a probe is given the name of the nearest single picture when its Euclidean
distance is at most 0.6, as users of dlib's embedding do (on the same vectors, so that only the rule differs).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration, Strictness
from argus.core.matching import Decision, Gallery, Outcome
from argus.core.types import Person, Template
from argus.evaluation.curves import TradeOff, trade_off
from argus.evaluation.shares import Share

FIXED_TOLERANCE = 0.6
"""What dlib's embedding was trained for, and what ``face_recognition`` compares with by default."""


@dataclass(frozen=True, eq=False)
class Sitter:
    """Somebody of whom there are pictures.

    Attributes:
        vectors: ``(n, 128)`` float32, one a picture, in a fixed order; n is at least 1.
    """

    person: Person
    vectors: NDArray[np.float32]

    def rotated(self, by: int) -> NDArray[np.float32]:
        """The vectors with the first ``by`` of them put last."""
        return np.roll(self.vectors, -by, axis=0)


@dataclass(frozen=True)
class Setting:
    """How many pictures are averaged on each side."""

    enrolled_pictures: int
    probe_pictures: int


@dataclass(frozen=True)
class Tally:
    """What one rule made of all probes.

    Attributes:
        strangers_named: strangers who were given somebody's name.
        named_rightly: probes of enrolled people with their own name, out of all such probes.
        named_wrongly: with somebody else's.
        called_strangers: with none.
        uncertain: how many were left open, by reason.
    """

    strangers_named: Share
    named_rightly: Share
    named_wrongly: Share
    called_strangers: Share
    uncertain: Mapping[str, int]


@dataclass(frozen=True)
class Identification:
    """One setting, measured.

    Attributes:
        people: how many are enrolled.
        left_out: whether the strangers are the people themselves, each left out in turn.
        rotations: how many were pooled.
        at_rates: by the wanted false-alarm rate.
        strictness: the same rates, and how far the calibration supports them.
        fixed: the fixed tolerance.
        curve: over how far a probe is from the threshold of the nearest person.
        fixed_curve: over the distance to the nearest single picture.
    """

    setting: Setting
    people: int
    left_out: bool
    rotations: int
    at_rates: Mapping[float, Tally]
    strictness: Mapping[float, Strictness]
    fixed: Tally
    curve: TradeOff
    fixed_curve: TradeOff


@dataclass(frozen=True, eq=False)
class _Enrolled:
    """The protocol :class:`argus.core.matching.Enrolled`, with the single pictures for the fixed tolerance."""

    person: Person
    template: Template
    vectors: NDArray[np.float32]
    stricter_by: float = 0.0


@dataclass(frozen=True, eq=False)
class _Probe:
    person_id: str
    vectors: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Round:
    """A collection and who comes before it; whoever is not in it is a stranger."""

    enrolled: Sequence[_Enrolled]
    probes: Sequence[_Probe]


@dataclass
class _Counts:
    """One rule's verdicts while they are counted: hits, trials and people, of strangers and of the enrolled."""

    strangers: Counter[str] = field(default_factory=Counter)
    enrolled: Counter[str] = field(default_factory=Counter)

    def add(self, *, is_enrolled: bool, verdict: str) -> None:
        (self.enrolled if is_enrolled else self.strangers)[verdict] += 1

    def tally(self, stranger_people: int, enrolled_people: int) -> Tally:
        def share(counts: Counter[str], verdict: str, people: int) -> Share:
            return Share(counts[verdict], counts.total(), people)

        verdicts = {"rightly", "wrongly", "stranger"}
        return Tally(
            share(self.strangers, "wrongly", stranger_people),
            share(self.enrolled, "rightly", enrolled_people),
            share(self.enrolled, "wrongly", enrolled_people),
            share(self.enrolled, "stranger", enrolled_people),
            {reason: count for reason, count in sorted(self.enrolled.items()) if reason not in verdicts},
        )


def identify(
    people: Sequence[Sitter],
    strangers: Sequence[Sitter],
    calibration: Calibration,
    setting: Setting,
    *,
    false_alarm_rates: Sequence[float],
    rotations: int,
) -> Identification | None:
    """Measures one setting; None when nobody has enough pictures to be enrolled.

    Args:
        people: whom to enrol, each with a different id.
        strangers: nobody of ``people``; may be none.
        rotations: at most; never more than anybody has pictures.
    """
    eligible = [sitter for sitter in people if len(sitter.vectors) >= setting.enrolled_pictures]
    if not eligible:
        return None
    rotations = min(rotations, max(len(sitter.vectors) for sitter in eligible))
    left_out = not any(len(sitter.vectors) >= setting.probe_pictures for sitter in strangers)
    counts = {rate: _Counts() for rate in false_alarm_rates}
    fixed = _Counts()
    scores = _Scores()
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for rotation in range(rotations):
        for one in _rounds(eligible, [] if left_out else strangers, setting, rotation):
            gallery = Gallery(one.enrolled, calibration)
            distances = _nearest(one)
            ids = {enrolled.person.id for enrolled in one.enrolled}
            for probe, (distance, nearest) in zip(one.probes, distances, strict=True):
                known = probe.person_id in ids
                seen[known].add(probe.person_id)
                template = Template.mean(probe.vectors)
                decisions = [gallery.decide(template, rate) for rate in counts]
                for count, decision in zip(counts.values(), decisions, strict=True):
                    count.add(is_enrolled=known, verdict=_verdict(decision, probe.person_id))
                named = nearest if distance <= FIXED_TOLERANCE else None
                fixed.add(is_enrolled=known, verdict=_of_name(named, probe.person_id))
                scores.add(known, probe.person_id, _best(decisions[0]), (distance, nearest))
    sizes = len(seen[False]), len(seen[True])
    curve, fixed_curve = scores.curves()
    return Identification(
        setting,
        len(eligible),
        left_out,
        rotations,
        {rate: count.tally(*sizes) for rate, count in counts.items()},
        {rate: calibration.strictness(rate, len(eligible)) for rate in false_alarm_rates},
        fixed.tally(*sizes),
        curve,
        fixed_curve,
    )


def _rounds(people: Sequence[Sitter], strangers: Sequence[Sitter], setting: Setting, rotation: int) -> Iterator[_Round]:
    count = setting.enrolled_pictures
    enrolled, probes = [], []
    for sitter in people:
        vectors = sitter.rotated(rotation)
        enrolled.append(_Enrolled(sitter.person, Template.mean(vectors[:count]), vectors[:count]))
        probes += _probes(sitter, vectors[count:], setting.probe_pictures)
    if strangers:
        for sitter in strangers:
            probes += _probes(sitter, sitter.rotated(rotation), setting.probe_pictures)
        yield _Round(enrolled, probes)
        return
    yield _Round(enrolled, probes)
    for index, sitter in enumerate(people):
        others = enrolled[:index] + enrolled[index + 1 :]
        if others:
            yield _Round(others, _probes(sitter, sitter.rotated(rotation), setting.probe_pictures))


def _probes(sitter: Sitter, vectors: NDArray[np.float32], pictures: int) -> list[_Probe]:
    """As many probes of ``pictures`` each as the vectors are enough for; no picture is in two of them."""
    whole = len(vectors) - len(vectors) % pictures
    return [_Probe(sitter.person.id, vectors[start : start + pictures]) for start in range(0, whole, pictures)]


def _verdict(decision: Decision, person_id: str) -> str:
    if decision.outcome is Outcome.UNCERTAIN and decision.reason is not None:
        return decision.reason.value
    return _of_name(decision.person.id if decision.person else None, person_id)


def _best(decision: Decision) -> tuple[float, str]:
    """How far the nearest person's threshold is, and who it is; nobody looks at an empty collection here."""
    if decision.best is None:
        raise ValueError("nobody is enrolled")
    return decision.best.excess, decision.best.person.id


def _of_name(named: str | None, person_id: str) -> str:
    if named is None:
        return "stranger"
    return "rightly" if named == person_id else "wrongly"


def _nearest(one: _Round) -> list[tuple[float, str]]:
    """For each probe the smallest distance between a picture of it and one of anybody enrolled, and who that is."""
    faces = np.concatenate([enrolled.vectors for enrolled in one.enrolled]).astype(np.float64)
    owners = [enrolled.person.id for enrolled in one.enrolled for _ in enrolled.vectors]
    found = []
    for probe in one.probes:
        distances = np.linalg.norm(faces[np.newaxis] - probe.vectors[:, np.newaxis], axis=2).min(axis=0)
        index = int(distances.argmin())
        found.append((float(distances[index]), owners[index]))
    return found


class _Scores:
    """Every probe's nearest score under both rules."""

    def __init__(self) -> None:
        self._enrolled = 0
        self._strangers: tuple[list[float], list[float]] = ([], [])
        self._rightly: tuple[list[float], list[float]] = ([], [])

    def add(self, known: bool, person_id: str, *nearest: tuple[float, str]) -> None:
        """``nearest``: score and person, by Argus's rule and by the fixed tolerance's."""
        self._enrolled += known
        for (score, whose), strangers, rightly in zip(nearest, self._strangers, self._rightly, strict=True):
            if not known:
                strangers.append(score)
            elif whose == person_id:
                rightly.append(score)

    def curves(self) -> tuple[TradeOff, TradeOff]:
        first, second = (
            trade_off(_array(strangers), _array(rightly), self._enrolled)
            for strangers, rightly in zip(self._strangers, self._rightly, strict=True)
        )
        return first, second


def _array(values: Sequence[float]) -> NDArray[np.floating[Any]]:
    return np.array(values, dtype=np.float64)
