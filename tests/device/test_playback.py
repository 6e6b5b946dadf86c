"""Real time, and the mailbox under it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from argus.core.errors import SourceError
from argus.core.types import Frame
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.playback import Playback
from argus.device.mailbox import Mailbox

START = datetime(2024, 1, 1, tzinfo=timezone.utc)


class Recorded:
    """A source of ``count`` empty frames, then perhaps an error."""

    def __init__(self, count: int, *, gap_seconds: float = 0.01, error: Exception | None = None) -> None:
        self.count, self.gap_seconds, self.error = count, gap_seconds, error

    def frames(self) -> Iterator[Frame]:
        for number in range(self.count):
            at_seconds = number * self.gap_seconds
            picture = np.zeros((2, 2, 3), dtype=np.uint8)
            yield Frame("hall", number, START + timedelta(seconds=at_seconds), at_seconds, picture)
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Nothing is held."""


def test_real_time_takes_the_time_that_the_frames_say() -> None:
    playback = Playback(Recorded(21), loop=False, fast=False, clock=SystemClock())
    started = time.monotonic()
    frames = list(playback.frames())
    assert 0.19 <= time.monotonic() - started < 1.0
    assert frames[-1].sequence == 20
    status = playback.status()
    assert status.frames_read == 21 == len(frames) + status.frames_dropped


def test_a_slow_consumer_gets_the_newest_frame_and_the_rest_is_counted() -> None:
    playback = Playback(Recorded(40), loop=False, fast=False, clock=SystemClock())
    taken = []
    for frame in playback.frames():
        taken.append(frame.sequence)
        time.sleep(0.08)
    assert taken == sorted(set(taken)) and taken[-1] == 39
    assert len(taken) < 15
    assert playback.status().frames_dropped == 40 - len(taken)


def test_fast_drops_nothing() -> None:
    playback = Playback(Recorded(40, gap_seconds=5), loop=False, fast=True, clock=SystemClock())
    assert [frame.sequence for frame in playback.frames()] == list(range(40))
    assert playback.status().frames_dropped == 0


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("error", [SourceError("the disk is gone"), ZeroDivisionError("a bug")])
def test_an_error_reaches_the_consumer(fast: bool, error: Exception) -> None:
    playback = Playback(Recorded(3, error=error), loop=False, fast=fast, clock=SystemClock())
    with pytest.raises(type(error), match=str(error)):
        list(playback.frames())


def test_closing_from_another_thread_ends_a_long_wait() -> None:
    playback = Playback(Recorded(2, gap_seconds=60), loop=False, fast=False, clock=SystemClock())
    threading.Timer(0.1, playback.close).start()
    started = time.monotonic()
    assert len(list(playback.frames())) == 1
    assert time.monotonic() - started < 5
    assert not playback.status().connected


def test_an_abandoned_playback_stops_its_thread() -> None:
    frames = Playback(Recorded(2, gap_seconds=60), loop=True, fast=False, clock=SystemClock()).frames()
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert not any(thread.name == "playback" for thread in threading.enumerate())


def test_a_looped_single_frame_lasts_a_second() -> None:
    playback = Playback(Recorded(1), loop=True, fast=True, clock=SystemClock())
    frames = playback.frames()
    assert [next(frames).at_seconds for _ in range(3)] == [0.0, 1.0, 2.0]


def test_mailbox_keeps_the_newest_and_delivers_the_last_after_the_end() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for number in range(5):
        mailbox.put(number)
    mailbox.end()
    assert list(mailbox) == [4]
    assert mailbox.dropped == 4
