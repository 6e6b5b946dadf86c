from __future__ import annotations

import re

import pytest

from argus.core.explaining import origin, percent, remedies, summary, verdict
from argus.core.grounds import Grounds, grounds_of
from argus.core.matching import MARGIN_FACTOR, NEAR_FACTOR, Gallery, Outcome, Reason
from argus.core.types import Template
from tests.core.measures import Entry, at, entry, flat_calibration, real_calibration

RATE = 0.01


def threshold(people: int, rate: float = RATE) -> float:
    """The distance at which somebody with four pictures is just matched, in the flat space."""
    calibration = flat_calibration()
    return 1 + calibration.threshold(calibration.strictness(rate, people).pair_rate, 4, 4)


def explained(people: list[Entry], probe: Template, poor: Reason | None = None) -> Grounds:
    return grounds_of(Gallery(people, flat_calibration()), probe, RATE, poor)


def test_a_match_with_nobody_else() -> None:
    grounds = explained([entry("maria", at(0, threshold(1) - 0.21))], at(0, 0))
    assert grounds.outcome is Outcome.MATCH and grounds.person is not None
    assert verdict(grounds) == "named Maria: 0.21 under the threshold, and nobody else is enrolled"
    assert summary(grounds) == "match Maria, 0.21 under"
    assert any("correct it: Maria is then named less easily" in remedy for remedy in remedies(grounds))
    assert not any("correct" in remedy for remedy in remedies(grounds, of_visit=False))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (0.5, "and nobody else is near"),
        (0.01, "and the next, Ana, is 0.01 over theirs"),
        (-0.02, "and Ana, under theirs by 0.02, is farther by 0.28, where 0.06 is enough"),
    ],
)
def test_a_match_with_others(second: float, words: str) -> None:
    people = [entry("maria", at(0, threshold(2) - 0.3)), entry("ana", at(1, threshold(2) + second))]
    grounds = explained(people, at(2, 0))
    assert grounds.outcome is Outcome.MATCH
    assert re.sub(r"where 0\.\d\d", "where 0.06", verdict(grounds)) == f"named Maria: 0.30 under the threshold, {words}"


def test_a_stranger() -> None:
    grounds = explained([entry("maria", at(0, threshold(1) + 0.4))], at(0, 0))
    assert grounds.outcome is Outcome.UNKNOWN and grounds.person is None
    assert verdict(grounds).startswith("a stranger: the nearest, Maria, is 0.40 over the threshold, more than the 0.0")
    assert summary(grounds) == "unknown, Maria nearest, 0.40 over"


def test_near_the_threshold() -> None:
    grounds = explained([entry("maria", at(0, threshold(1) + 0.01))], at(0, 0))
    assert grounds.reason is Reason.NEAR_THRESHOLD
    assert verdict(grounds).startswith("uncertain: Maria is 0.01 over the threshold, and up to 0.0")
    assert summary(grounds) == "uncertain (near threshold), Maria nearest, 0.01 over"


def test_two_under_their_thresholds() -> None:
    people = [entry("maria", at(0, threshold(2) - 0.04)), entry("ana", at(1, threshold(2) - 0.03))]
    grounds = explained(people, at(2, 0))
    assert grounds.reason is Reason.THIN_MARGIN
    assert verdict(grounds).startswith(
        "uncertain: two people are under their thresholds, Maria by 0.04 and Ana by 0.03; to name one, 0.0"
    )
    assert "If Maria and Ana are one person, enrol them as one." in remedies(grounds)


@pytest.mark.parametrize("poor", [r for r in Reason if r not in (Reason.NEAR_THRESHOLD, Reason.THIN_MARGIN)])
def test_poor_pictures(poor: Reason) -> None:
    grounds = explained([entry("maria", at(0, threshold(1) + 0.4))], at(0, 0), poor)
    assert grounds.reason is poor
    assert re.fullmatch(
        r"uncertain: nobody is under their threshold \(the nearest, Maria, is 0\.40 over\), and the pictures are .+ "
        "to call somebody a stranger",
        verdict(grounds),
    )
    assert len(remedies(grounds)) >= 2


def test_nobody_enrolled() -> None:
    good, poor = explained([], at(0, 0)), explained([], at(0, 0), Reason.SMALL)
    assert verdict(good) == "a stranger: nobody is enrolled"
    assert verdict(poor) == (
        "uncertain: nobody is enrolled, and the pictures are too small to call somebody a stranger"
    )
    assert origin(good) == "" and summary(good) == "unknown, nobody enrolled"
    assert remedies(good) == ("Somebody has to be enrolled before anybody can be named.",)


def test_where_the_threshold_comes_from() -> None:
    people = [entry("maria", at(0, 0.2), stricter_by=0.05), entry("ana", at(1, 5))]
    words = origin(explained(people, at(0, 0)))
    ordinary = threshold(2) - 1
    assert "With 2 people enrolled a rate of 1 % is one false match in 199 comparisons" in words
    assert "for 4 pictures of the face against 4 pictures of Maria" in words
    assert f"puts it at {ordinary:+.3f}, lowered by 0.050 for Maria to {ordinary - 0.05:+.3f}." in words


@pytest.mark.parametrize("distance", [0.5, 0.7, 0.85, 0.93])
def test_the_turning_rate_is_where_the_outcome_turns(distance: float) -> None:
    people = [entry("maria", at(0, distance)), entry("ana", at(1, 5))]
    gallery = Gallery(people, flat_calibration())
    grounds = grounds_of(gallery, at(0, 0), RATE, None)
    turning = grounds.turning_rate
    assert turning is not None
    if turning > 1e-6:
        assert gallery.decide(at(0, 0), turning * 0.99).outcome is not Outcome.MATCH
    assert gallery.decide(at(0, 0), turning * 1.01).outcome is Outcome.MATCH


def test_too_far_for_any_rate() -> None:
    grounds = explained([entry("maria", at(0, 3))], at(0, 0))
    assert grounds.turning_rate is None
    assert not any("wanted rate" in remedy for remedy in remedies(grounds))


def test_the_slacks_are_those_that_decide() -> None:
    gallery = Gallery([entry("maria", at(0, 0.8), stricter_by=0.02), entry("ana", at(1, 0.9))], real_calibration())
    grounds = grounds_of(gallery, at(2, 0.1), RATE, None)
    best = grounds.best
    assert best is not None
    assert grounds.near == best.stricter_by + gallery.slack(best, 4, NEAR_FACTOR, RATE)
    assert grounds.apart == gallery.slack(best, 4, MARGIN_FACTOR, RATE)


@pytest.mark.parametrize(
    ("rate", "words"), [(0.01, "1 %"), (0.005, "0.5 %"), (0.00012, "0.012 %"), (0.1, "10 %"), (0.5, "50 %")]
)
def test_percent(rate: float, words: str) -> None:
    assert percent(rate) == words
