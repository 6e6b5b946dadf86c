"""The same message again and again."""

from __future__ import annotations

from argus.device.program.repeats import PERIOD_SECONDS, REMEMBERED, SHOWN, Repeats


def test_a_message_is_shown_some_times_and_then_counted() -> None:
    repeats: Repeats[str] = Repeats()
    assert [repeats.is_shown("a", 0.0) for _ in range(SHOWN + 2)] == [True] * SHOWN + [False] * 2
    assert list(repeats.ended(PERIOD_SECONDS - 1)) == []
    assert list(repeats.ended(PERIOD_SECONDS)) == [("a", 2)]
    assert repeats.is_shown("a", PERIOD_SECONDS)


def test_others_are_shown_meanwhile_and_nothing_is_told_of_them() -> None:
    repeats: Repeats[str] = Repeats()
    for _ in range(SHOWN + 1):
        repeats.is_shown("a", 0.0)
    assert repeats.is_shown("b", 0.0)
    assert list(repeats.ended(PERIOD_SECONDS)) == [("a", 1)]


def test_no_more_than_some_are_remembered() -> None:
    repeats: Repeats[int] = Repeats()
    for _ in range(SHOWN + 1):
        repeats.is_shown(0, 0.0)
    told = []
    for message in range(1, 3 * REMEMBERED):
        told += list(repeats.ended(0.0))
        repeats.is_shown(message, 0.0)
    assert told == [(0, 1)]
    assert len(repeats._seen) <= REMEMBERED
