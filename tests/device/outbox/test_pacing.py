"""What is published when, over simulated hours."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from argus.device.outbox.pacing import AT_ONCE, LONGEST_SECONDS, PATIENCE_SECONDS, REPEATED, WINDOW, Pacing
from argus.device.outbox.store import OutboxRow


def row(sequence: int) -> OutboxRow:
    return OutboxRow(sequence, f"event-{sequence}", "topic", b"")


@dataclass
class Simulation:
    """An outbox of numbers, and a clock that jumps from one thing to do to the next."""

    answers: Callable[[int], bool] = lambda number: True
    answers_after: float = 0.0
    now: float = 50.0
    waiting: set[int] = field(default_factory=set)
    sent: list[tuple[float, int]] = field(default_factory=list)
    _answers: list[tuple[float, int]] = field(default_factory=list)
    pacing: Pacing = field(default_factory=Pacing)

    def add(self, numbers: Iterable[int]) -> None:
        self.waiting.update(numbers)
        self.pacing.added()

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while True:
            self._acknowledge()
            portion = self.pacing.next(self.now)
            if portion is not None:
                numbers = sorted(one for one in self.waiting if one > portion.after and one <= (portion.until or 1e9))
                rows = [row(number) for number in numbers[: portion.limit]]
                self.sent += [(self.now, one.sequence) for one in rows]
                self._answers += [
                    (self.now + self.answers_after, one.sequence) for one in rows if self.answers(one.sequence)
                ]
                self.pacing.published(portion, rows, self.now)
                continue
            times = [self.pacing.next_at(), *(time for time, _ in self._answers)]
            later = min((time for time in times if time is not None), default=until)
            if later >= until:
                self.now = until
                return
            assert later > self.now or any(time <= later for time, _ in self._answers), "it waits for what is past"
            self.now = later

    def _acknowledge(self) -> None:
        due = [number for time, number in self._answers if time <= self.now]
        self._answers = [(time, number) for time, number in self._answers if time > self.now]
        if due:
            self.waiting.difference_update(due)
            self.pacing.acknowledged([f"event-{number}" for number in due], self.now)

    def numbers(self, since: float = 0.0) -> list[int]:
        return [number for time, number in self.sent if time >= since]

    def times(self, number: int) -> list[float]:
        return [time for time, one in self.sent if one == number]


def test_what_waits_at_the_start_is_published_once_in_order() -> None:
    simulation = Simulation(answers_after=0.5)
    simulation.add(range(1, 5001))
    simulation.run(60)
    assert simulation.numbers() == list(range(1, 5001))
    assert simulation.waiting == set()


def test_no_more_is_under_way_than_the_window() -> None:
    simulation = Simulation(answers_after=3.0)
    simulation.add(range(1, 5001))
    simulation.run(2.9)
    assert len(simulation.sent) == WINDOW
    simulation.run(60)
    assert simulation.numbers() == list(range(1, 5001))


def test_a_lost_event_comes_again_after_ten_seconds_then_more_and_more_rarely() -> None:
    simulation = Simulation(answers=lambda number: number != 3)
    simulation.add(range(1, 6))
    start = simulation.now
    simulation.run(4000)
    assert simulation.waiting == {3}
    times = simulation.times(3)
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert times[0] == start and pauses[0] == PATIENCE_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == PATIENCE_SECONDS + LONGEST_SECONDS
    assert [simulation.times(number) for number in (1, 2, 4, 5)] == [[start]] * 4
    simulation.answers = lambda number: True
    simulation.run(PATIENCE_SECONDS + LONGEST_SECONDS)
    assert simulation.waiting == set()


def test_new_events_are_published_at_once_also_when_nothing_is_acknowledged() -> None:
    simulation = Simulation(answers=lambda number: False)
    simulation.add(range(1, 101))
    simulation.run(3600)
    for number in range(101, 111):
        simulation.add([number])
        simulation.run(1)
        assert len(simulation.times(number)) == 1
        simulation.run(599)


def test_a_cloud_that_never_answers_is_not_sent_a_long_queue_over_and_over() -> None:
    simulation = Simulation(answers=lambda number: False)
    simulation.add(range(1, 10_001))
    simulation.run(600)
    assert set(simulation.numbers()) == set(range(1, 10_001))
    hour = simulation.now
    simulation.run(3600)
    assert 0 < len(simulation.numbers(hour)) <= (3600 / LONGEST_SECONDS + 1) * REPEATED


def test_a_cloud_that_answers_again_gets_everything_soon() -> None:
    simulation = Simulation(answers=lambda number: False)
    simulation.add(range(1, 2001))
    simulation.run(3600)
    simulation.answers = lambda number: True
    simulation.answers_after = 0.5
    simulation.run(LONGEST_SECONDS + PATIENCE_SECONDS + 2000 / REPEATED * 1.0)
    assert simulation.waiting == set()


def test_events_that_are_never_acknowledged_keep_no_other_back() -> None:
    poison = set(range(1, 301))
    simulation = Simulation(answers=lambda number: number not in poison)
    simulation.add(range(1, 301))
    simulation.run(100)
    lost_once = {301, 302}
    simulation.answers = lambda number: number not in poison | lost_once
    simulation.add([301, 302])
    simulation.run(20)
    simulation.answers = lambda number: number not in poison
    simulation.run(4 * (LONGEST_SECONDS + PATIENCE_SECONDS))
    assert simulation.waiting == poison


def test_late_acknowledgements_are_as_good() -> None:
    simulation = Simulation(answers_after=PATIENCE_SECONDS + 5)
    simulation.add(range(1, 1501))
    simulation.run(200)
    assert simulation.waiting == set()
    assert len(simulation.sent) <= 2 * 1500


def test_after_a_refusal_the_oldest_come_first() -> None:
    simulation = Simulation(answers=lambda number: False)
    simulation.add(range(1, 51))
    simulation.run(1)
    simulation.pacing.refused(simulation.now)
    simulation.answers = lambda number: True
    simulation.add(range(51, 61))
    again = simulation.now
    simulation.run(1)
    assert simulation.numbers(again) == list(range(1, 61))
    assert simulation.waiting == set()


def test_a_refusal_in_the_middle_leaves_nothing_out() -> None:
    simulation = Simulation()
    simulation.waiting.update(range(1, 200))
    portion = simulation.pacing.next(simulation.now)
    assert portion is not None and (portion.after, portion.limit, portion.again) == (0, AT_ONCE, False)
    simulation.pacing.published(portion, [row(1), row(4), row(2)], simulation.now)  # 3 was refused, 4 was not
    simulation.pacing.refused(simulation.now)
    simulation.run(1)
    assert simulation.waiting == set()


def test_nothing_to_do_is_nothing_to_wait_for() -> None:
    simulation = Simulation()
    simulation.add([1])
    simulation.run(100)
    assert simulation.pacing.next(simulation.now) is None
    assert simulation.pacing.next_at() is None
