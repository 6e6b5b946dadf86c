"""How far long work is, on stderr, once it takes long enough for somebody to wonder."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from argus.cli.output import hide_line, print_note, show_line

FIRST_SECONDS, EACH_SECONDS = 1.0, 0.2
"""When one line is first shown at a terminal, and how often it is shown anew."""

PLAIN_SECONDS = 10.0
"""Where nobody sits at a terminal: how far apart the lines are, each of its own."""


class Progress:
    """Told how far the work is, as often as one likes, it says so now and then.

    Args:
        what: what is counted: ``objects``.
        clock: monotonic seconds.
    """

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._at_terminal = sys.stderr.isatty()
        self._due = clock() + (FIRST_SECONDS if self._at_terminal else PLAIN_SECONDS)

    def __call__(self, done: int, total: int | None = None) -> None:
        """So many are done, of so many where that is known."""
        now = self._clock()
        if now < self._due:
            return
        text = f"argus: {done:,}{'' if total is None else f' of {total:,}'} {self._what}"
        if self._at_terminal:
            self._due = now + EACH_SECONDS
            show_line(text)
        else:
            self._due = now + PLAIN_SECONDS
            print_note(text)


@contextmanager
def counting(total: int, what: str) -> Iterator[Callable[[], None]]:
    """Gives what is called whenever one of ``total`` is done."""
    progress, done = Progress(what), 0

    def count() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    yield count
    hide_line()
