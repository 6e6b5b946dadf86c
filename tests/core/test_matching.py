from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.calibration import Calibration
from argus.core.errors import ModelError
from argus.core.lookalikes import look_alikes
from argus.core.matching import NEAR_FACTOR, Candidate, Gallery, Outcome, Reason, normalised_distance
from argus.core.types import PLAIN_MODEL_ID, Template
from tests.core.measures import Entry, at, entry, flat_calibration, real_calibration

RATE = 0.01


def crowd(seed: int, size: int) -> list[Entry]:
    """Invented people in a cloud as wide as that of real faces, some of them close together."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 0.1, (1 + size // 3, 128))
    return [
        entry(
            f"person-{number}",
            Template(
                (centres[random.integers(len(centres))] + random.normal(0, random.choice([1e-3, 0.05]), 128)).astype(
                    "f4"
                ),
                int(random.integers(1, 7)),
            ),
            float(random.choice([0, 0.03])),
        )
        for number in range(size)
    ]


def probe_of(seed: int) -> Template:
    random = np.random.default_rng(seed + 1_000_000)
    return Template(random.normal(0, 0.1, 128).astype(np.float32), int(random.integers(1, 7)))


def compared(people: list[Entry], probe: Template, calibration: Calibration, pair_rate: float) -> list[Candidate]:
    """Every person against the probe, one by one in float64, as the calibration's docstring defines it."""
    candidates = []
    pairs = look_alikes([(one.person, one.template) for one in people], calibration)
    alike = {person.id for pair in pairs for person in pair.people}
    for one in people:
        distance = float(np.linalg.norm(one.template.vector.astype(np.float64) - probe.vector.astype(np.float64)))
        crowding = [float(calibration.crowding.estimate(t.vector[np.newaxis])[0]) for t in (one.template, probe)]
        threshold = calibration.threshold(pair_rate, one.template.pictures, probe.pictures)
        pictures, stricter = one.template.pictures, one.stricter_by
        if one.person.id in alike:
            stricter += threshold - calibration.threshold(pair_rate / 10, pictures, probe.pictures)
        normalised = distance - sum(crowding) / 2
        candidates.append(Candidate(one.person, distance, normalised, threshold - stricter, pictures, stricter))
    return sorted(candidates, key=lambda candidate: (candidate.excess, candidate.person.id))


def numbers(candidates: tuple[Candidate, ...] | list[Candidate]) -> list[float]:
    return [
        number
        for candidate in candidates
        for number in (candidate.distance, candidate.normalised_distance, candidate.threshold)
    ]


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 6))
def test_the_nearest_are_those_that_comparing_one_by_one_finds(seed: int, size: int, top: int) -> None:
    calibration, people, probe = real_calibration(), crowd(seed, size), probe_of(seed)
    pair_rate = calibration.strictness(RATE, size).pair_rate
    found = Gallery(people, calibration).rank(probe, pair_rate, top)
    expected = compared(people, probe, calibration, pair_rate)[:top]
    assert [candidate.person for candidate in found] == [candidate.person for candidate in expected]
    assert numbers(found) == pytest.approx(numbers(expected), abs=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 40), st.randoms(use_true_random=False))
def test_the_order_of_enrolment_does_not_matter(seed: int, size: int, random: Random) -> None:
    people, probe = crowd(seed, size), probe_of(seed)
    shuffled = list(people)
    random.shuffle(shuffled)
    one, other = (Gallery(order, real_calibration()).decide(probe, RATE) for order in (people, shuffled))
    assert one.best is not None and other.best is not None
    assert (one.outcome, one.reason, one.best.person) == (other.outcome, other.reason, other.best.person)
    assert one.margin == pytest.approx(other.margin, abs=1e-9)


@pytest.mark.parametrize(
    "nearest",
    [at(0, 1.0, pictures=8), at(0, 0.94, pictures=1)],
    ids=["by distance", "by the threshold of its pictures"],
)
def test_many_who_are_nearly_as_near_do_not_hide_the_nearest(nearest: Template) -> None:
    people = [entry(f"person-{number}", at(0, 0.95, pictures=8)) for number in range(30)]
    gallery = Gallery([*people, entry("nearest", nearest)], flat_calibration())
    (best,) = gallery.rank(at(0, 1.0), 1e-3, top=1)
    assert best.person.id == "nearest"


def test_people_at_the_same_distance_are_ranked_by_their_ids() -> None:
    people = [entry(person_id, at(0, 0.5)) for person_id in ("c", "a", "b")]
    ranked = Gallery(people, flat_calibration()).rank(at(0, 0.4), 1e-3)
    assert [candidate.person.id for candidate in ranked] == ["a", "b", "c"]


def test_at_the_same_distance_the_person_whose_table_is_laxer_comes_first() -> None:
    people = [entry("a-of-many", at(0, 0.5, pictures=8)), entry("b-of-one", at(1, 0.5, pictures=1))]
    one, many = Gallery(people, flat_calibration()).rank(at(2, 0.5), 1e-3)
    assert one.distance == many.distance
    assert (one.person.id, one.pictures, many.pictures) == ("b-of-one", 1, 8)
    assert one.threshold > many.threshold


def test_with_nobody_enrolled_everybody_is_a_stranger() -> None:
    gallery = Gallery([], real_calibration())
    assert len(gallery) == 0 and gallery.rank(at(0, 1), 1e-3) == ()
    stranger, blurred = gallery.decide(at(0, 1), RATE), gallery.decide(at(0, 1), RATE, Reason.BLURRED)
    assert (stranger.outcome, stranger.best, stranger.margin) == (Outcome.UNKNOWN, None, None)
    assert (blurred.outcome, blurred.reason) == (Outcome.UNCERTAIN, Reason.BLURRED)


def test_the_only_person_is_matched_without_a_margin() -> None:
    decision = Gallery([entry("ada", at(0, 0.5))], flat_calibration()).decide(at(0, 0.6), RATE)
    assert (decision.outcome, decision.margin, decision.reason) == (Outcome.MATCH, None, None)
    assert decision.person is not None and decision.person.id == "ada"
    assert decision.best is not None and decision.best.distance == pytest.approx(0.1)
    assert decision.best.normalised_distance == pytest.approx(-0.9)


def test_one_person_under_two_ids_is_not_named_by_either() -> None:
    people = [entry("ada", at(0, 0.5)), entry("ada-again", at(0, 0.5)), entry("bob", at(1, 5))]
    decision = Gallery(people, flat_calibration()).decide(at(0, 0.6), RATE)
    assert (decision.outcome, decision.reason, decision.margin) == (Outcome.UNCERTAIN, Reason.THIN_MARGIN, 0)
    assert decision.person is None and decision.best is not None


def test_a_second_person_just_under_the_threshold_does_not_hide_the_first() -> None:
    threshold = flat_calibration().threshold(flat_calibration().strictness(RATE, 2).pair_rate, 4, 4)
    rival = at(0, 1 + threshold - 0.001)
    decision = Gallery([entry("ada", at(1, 0.1)), entry("bob", rival)], flat_calibration()).decide(at(2, 1e-3), RATE)
    assert decision.person is not None and decision.person.id == "ada"
    assert decision.margin is not None and decision.margin > 0.8


def test_whose_threshold_was_lowered_is_named_less_easily_and_nobody_is_a_stranger_for_it() -> None:
    calibration = flat_calibration()
    near, far = (calibration.threshold(rate, 4, 4) for rate in (RATE, 5 * RATE))

    def outcome(normalised: float) -> Outcome:
        ada = entry("ada", at(0, 1 + normalised), stricter_by=0.05)
        return Gallery([ada], calibration).decide(at(0, 0), RATE).outcome

    found = [outcome(score) for score in (near - 0.051, near - 0.049, far - 0.001, far + 0.001)]
    assert found == [Outcome.MATCH, Outcome.UNCERTAIN, Outcome.UNCERTAIN, Outcome.UNKNOWN]


def test_a_lowered_threshold_asks_for_no_wider_margin() -> None:
    calibration = flat_calibration()
    rates = [calibration.strictness(rate, 2).pair_rate for rate in (RATE, 10 * RATE)]
    threshold, laxer = (calibration.threshold(rate, 4, 4) for rate in rates)
    for stricter_by in (0.0, 0.05):
        people = [
            entry("ada", at(0, 1 + threshold - stricter_by - (laxer - threshold) - 1e-3), stricter_by=stricter_by),
            entry("bob", at(1, 1 + threshold - 1e-4)),
        ]
        decision = Gallery(people, calibration).decide(at(2, 0), RATE)
        assert decision.person is not None and decision.person.id == "ada"


@given(st.floats(-1, 1), st.sampled_from([None, Reason.SMALL]), st.floats(1e-3, 0.4), st.integers(1, 6))
def test_the_outcome_follows_from_where_the_distance_falls(
    normalised: float, poor: Reason | None, rate: float, pictures: int
) -> None:
    calibration = flat_calibration()
    people = [entry("ada", at(0, 1 + normalised, pictures))]
    decision = Gallery(people, calibration).decide(at(0, 0), rate, poor)
    assert decision.best is not None
    score = decision.best.normalised_distance
    assert score == pytest.approx(normalised, abs=1e-6)
    near_rate = calibration.strictness(min(0.5, NEAR_FACTOR * rate), 1).pair_rate
    if score <= calibration.threshold(calibration.strictness(rate, 1).pair_rate, pictures, 4):
        expected: tuple[Outcome, Reason | None] = (Outcome.MATCH, None)
    elif score <= calibration.threshold(near_rate, pictures, 4):
        expected = (Outcome.UNCERTAIN, Reason.NEAR_THRESHOLD)
    elif poor:
        expected = (Outcome.UNCERTAIN, poor)
    else:
        expected = (Outcome.UNKNOWN, None)
    assert (decision.outcome, decision.reason) == expected


def test_between_the_threshold_and_the_one_at_five_times_the_rate_nobody_is_named_or_called_a_stranger() -> None:
    calibration = flat_calibration()
    near, far = (calibration.threshold(rate, 4, 4) for rate in (RATE, 5 * RATE))
    outcomes = [
        Gallery([entry("ada", at(0, 1 + normalised))], calibration).decide(at(0, 0), RATE).outcome
        for normalised in (near - 0.001, near + 0.001, far - 0.001, far + 0.001)
    ]
    assert outcomes == [Outcome.MATCH, Outcome.UNCERTAIN, Outcome.UNCERTAIN, Outcome.UNKNOWN]


def test_poor_pictures_may_name_somebody_but_not_call_them_a_stranger() -> None:
    gallery = Gallery([entry("ada", at(0, 0.5))], flat_calibration())
    assert gallery.decide(at(0, 0.6), RATE, Reason.DARK).outcome is Outcome.MATCH
    assert gallery.decide(at(0, 9), RATE, Reason.DARK).reason is Reason.DARK
    assert gallery.decide(at(0, 9), RATE).outcome is Outcome.UNKNOWN


def test_more_people_make_the_same_distance_a_stranger() -> None:
    calibration = flat_calibration()
    normalised = calibration.threshold(calibration.strictness(RATE, 1).pair_rate, 4, 4) - 1e-3
    ada = entry("ada", at(0, 1 + normalised))
    others = [entry(f"other-{number}", at(1, 9 + number)) for number in range(999)]
    assert Gallery([ada], calibration).decide(at(0, 0), RATE).outcome is Outcome.MATCH
    assert Gallery([ada, *others], calibration).decide(at(0, 0), RATE).outcome is Outcome.UNKNOWN


def test_vectors_of_different_models_never_meet() -> None:
    plain = Template(at(0, 1).vector, 1, PLAIN_MODEL_ID)
    with pytest.raises(ModelError, match=PLAIN_MODEL_ID):
        Gallery([entry("ada", at(0, 1)), entry("bob", plain)], real_calibration())
    with pytest.raises(ModelError, match=PLAIN_MODEL_ID):
        Gallery([entry("ada", at(0, 1))], real_calibration()).decide(plain, RATE)
    with pytest.raises(ModelError, match=PLAIN_MODEL_ID):
        normalised_distance(real_calibration(), at(0, 1), plain)
    gallery = Gallery([entry("ada", plain)], real_calibration(), PLAIN_MODEL_ID)
    assert gallery.rank(plain, 1e-3)[0].distance == 0


@given(st.integers(0, 10_000))
def test_normalised_distance_is_symmetric_and_what_the_gallery_finds(seed: int) -> None:
    calibration, (one,), probe = real_calibration(), crowd(seed, 1), probe_of(seed)
    distance = normalised_distance(calibration, one.template, probe)
    assert distance == pytest.approx(normalised_distance(calibration, probe, one.template), abs=1e-9)
    ranked = Gallery([one], calibration).rank(probe, 1e-3)
    assert distance == pytest.approx(ranked[0].normalised_distance, abs=1e-9)
