"""Which frames of a fast camera are looked at."""

from __future__ import annotations


class Pace:
    """Lets so many frames a second pass, evenly, by the frames' own times.

    Args:
        rate: frames a second; 0 lets all pass.
    """

    def __init__(self, rate: float) -> None:
        self._step_seconds = 1.0 / rate if rate > 0 else 0.0
        self._next_seconds = float("-inf")

    def passes(self, at_seconds: float) -> bool:
        """Whether the frame of ``at_seconds`` does; half a millisecond early is on time, as frame times are rounded."""
        if at_seconds < self._next_seconds - 0.0005:
            return False
        # A frame that came late does not make the next one late; after a longer pause nothing is made up for.
        late = at_seconds - self._next_seconds >= self._step_seconds
        self._next_seconds = (at_seconds if late else self._next_seconds) + self._step_seconds
        return True
