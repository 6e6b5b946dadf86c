from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.evidence import LOOKS, PICTURES_PER_LOOK, Look, Offer, Schedule, TrackEvidence
from argus.core.matching import Reason

WINDOW = 0.25
SCHEDULE = Schedule(window_seconds=WINDOW, patience_seconds=3.0)


def evidence_of(*pictures: Offer[str], began: float = 0.0) -> TrackEvidence[str]:
    """The evidence after one picture a window."""
    evidence: TrackEvidence[str] = TrackEvidence(SCHEDULE, began)
    for number, picture in enumerate(pictures):
        evidence.offer(picture, began + number * WINDOW)
    return evidence


def good(crop: str, score: float = 0.5) -> Offer[str]:
    return Offer(crop, score, None)


def poor(crop: str, score: float = 0.5, why: Reason = Reason.BLURRED) -> Offer[str]:
    return Offer(crop, score, why)


# The schedule of the module's docstring: pictures so far, seconds, whether the track ended, and the look that is due.
TABLE = {
    "enough good pictures": (
        [good("a"), good("b"), good("c"), good("d")],
        1.0,
        False,
        Look(("a", "b", "c", "d"), 4, None),
    ),
    "best first": (
        [good("a", 0.1), good("b", 0.4), good("c", 0.3), good("d", 0.2)],
        1.0,
        False,
        Look(tuple("bcda"), 4, None),
    ),
    "the last window is still open": ([good("a"), good("b"), good("c"), good("d")], 0.99, False, None),
    "poor pictures do not count as good": ([good("a"), good("b"), good("c"), poor("d")], 2.0, False, None),
    "patience over, with good ones": ([good("a"), good("b"), poor("c")], 3.0, False, Look(tuple("abc"), 2, None)),
    "patience over, with a good one": ([poor("a"), good("b")], 3.0, False, Look(tuple("ba"), 1, None)),
    "ended, with a good and a poor one": ([poor("a"), good("b")], 1.0, True, Look(tuple("ba"), 1, Reason.BLURRED)),
    "ended after the patience, with a good one": ([good("a")], 3.0, True, Look(("a",), 1, None)),
    "patience over, with poor ones": (
        [poor("a", 0.1, Reason.SMALL), poor("b", 0.2, Reason.DARK)],
        3.0,
        False,
        Look(("b", "a"), 0, Reason.DARK),
    ),
    "patience over, with nothing": ([], 3.0, False, None),
    "patience not over": ([poor("a"), poor("b")], 2.99, False, None),
    "ended, with one good picture": ([good("a")], 0.1, True, Look(("a",), 1, Reason.FEW_PICTURES)),
    "ended, with two good pictures": ([good("a"), good("b")], 0.3, True, Look(("a", "b"), 2, None)),
    "ended, with poor pictures": ([poor("a")], 0.1, True, Look(("a",), 0, Reason.BLURRED)),
    "ended, with nothing": ([], 0.1, True, None),
    "at most so many": ([poor(crop) for crop in "abcdefg"], 3.0, False, Look(tuple("abcd"), 0, Reason.BLURRED)),
}


@pytest.mark.parametrize(("pictures", "seconds", "ended", "look"), TABLE.values(), ids=TABLE.keys())
@pytest.mark.parametrize("began", [0.0, 1000.0])
def test_the_first_look_follows_the_schedule(
    pictures: list[Offer[str]], seconds: float, ended: bool, look: Look[str] | None, began: float
) -> None:
    evidence = evidence_of(*pictures, began=began)
    assert evidence.due(began + seconds, ended=ended) == look
    assert evidence.looks == (look is not None)
    assert evidence.due(began + seconds, ended=ended) is None, "asking takes the look"


def test_a_window_offers_its_best_picture() -> None:
    evidence: TrackEvidence[str] = TrackEvidence(SCHEDULE, 0.0)
    for crop, score, at_seconds in [("a", 0.2, 0.0), ("b", 0.9, 0.1), ("c", 0.5, 0.24), ("d", 0.1, 0.25)]:
        evidence.offer(good(crop, score), at_seconds)
    assert evidence.due(0.3, ended=True) == Look(("b", "d"), 2, None)


def test_a_good_picture_is_better_than_a_poor_one_of_any_score() -> None:
    evidence: TrackEvidence[str] = TrackEvidence(SCHEDULE, 0.0)
    evidence.offer(poor("poor", 1.0), 0.0)
    evidence.offer(good("good", 0.1), 0.1)
    evidence.offer(poor("late", 1.0), 0.2)
    assert evidence.due(0.3, ended=True) == Look(("good",), 1, Reason.FEW_PICTURES)


def test_of_many_poor_pictures_the_best_are_kept() -> None:
    evidence = evidence_of(*[poor(f"{score}", score / 10) for score in (3, 1, 8, 2, 9, 7, 4)])
    assert evidence.due(3.0) == Look(("9", "8", "7", "4"), 0, Reason.BLURRED)


def test_the_second_look_takes_new_pictures_and_does_not_run_out_of_patience() -> None:
    evidence = evidence_of(*[good(crop) for crop in "abcd"])
    assert evidence.due(1.0) == Look(tuple("abcd"), 4, None)
    for number, crop in enumerate("efg"):
        evidence.offer(good(crop), 1.0 + number * WINDOW)
    assert evidence.due(50.0) is None
    evidence.offer(good("h"), 50.0)
    assert evidence.due(50.0 + WINDOW) == Look(tuple("efgh"), 4, None)
    assert evidence.finished


def test_the_last_look_is_at_the_end_if_there_is_anything_new() -> None:
    evidence = evidence_of(*[good(crop) for crop in "abcd"])
    assert evidence.due(1.0) is not None
    assert evidence.due(1.1, ended=True) is None
    evidence.offer(good("e"), 1.2)
    assert evidence.due(1.3, ended=True) == Look(("e",), 1, Reason.FEW_PICTURES)


def test_once_finished_nothing_is_due() -> None:
    evidence = evidence_of(*[good(crop) for crop in "abcdef"])
    evidence.finish()
    assert evidence.finished
    evidence.offer(good("g"), 2.0)
    assert evidence.due(9.0) is None and evidence.due(9.0, ended=True) is None


steps = st.lists(
    st.tuples(st.floats(0, 2), st.lists(st.tuples(st.floats(0, 1), st.sampled_from([None, Reason.SMALL])), max_size=3)),
    max_size=30,
)


@given(steps)
def test_looks_are_few_and_no_picture_is_looked_at_twice(
    seconds_and_pictures: list[tuple[float, list[tuple[float, Reason | None]]]],
) -> None:
    evidence: TrackEvidence[int] = TrackEvidence(SCHEDULE, 0.0)
    now, offered = 0.0, 0
    taken: list[tuple[Look[int], bool]] = []

    def ask(ended: bool) -> None:
        waited = not taken and now >= SCHEDULE.patience_seconds
        look = evidence.due(now, ended=ended)
        if look is not None:
            taken.append((look, waited))

    why: dict[int, Reason | None] = {}
    for elapsed, pictures in seconds_and_pictures:
        now += elapsed
        for score, reason in pictures:
            why[offered] = reason
            evidence.offer(Offer(offered, score, reason), now)
            offered += 1
        ask(ended=False)
    ask(ended=True)
    crops = [crop for look, _ in taken for crop in look.crops]
    assert len(taken) <= LOOKS and (taken or not offered)
    assert len(crops) == len(set(crops)) and set(crops) <= set(why)
    for look, waited in taken:
        poor_flags = [why[crop] is not None for crop in look.crops]
        assert 1 <= len(look.crops) <= PICTURES_PER_LOOK
        assert poor_flags == sorted(poor_flags), "good pictures come first"
        assert (look.poor is None) == (poor_flags.count(False) >= (1 if waited else 2))
