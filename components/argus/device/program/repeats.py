"""The same message again and again: shown a few times, then counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Message = TypeVar("Message", bound=Hashable)

SHOWN = 5
"""How often a message is shown within :data:`PERIOD_SECONDS`: who comes and goes a few times is still seen to."""

PERIOD_SECONDS = 60.0

REMEMBERED = 500
"""Different messages; beyond that the oldest period ends early."""


@dataclass
class _Seen:
    since_seconds: float
    times: int


class Repeats(Generic[Message]):
    """Counts messages. Times are monotonic."""

    def __init__(self) -> None:
        self._seen: OrderedDict[Message, _Seen] = OrderedDict()

    def is_shown(self, message: Message, now_seconds: float) -> bool:
        """Counts ``message``, and says whether to show it; see to :meth:`ended` first."""
        seen = self._seen.setdefault(message, _Seen(now_seconds, 0))
        seen.times += 1
        return seen.times <= SHOWN

    def ended(self, now_seconds: float) -> Iterator[tuple[Message, int]]:
        """Messages whose period is over, each with how often it was not shown, if it was not."""
        while self._seen:
            message, seen = next(iter(self._seen.items()))
            if now_seconds - seen.since_seconds < PERIOD_SECONDS and len(self._seen) < REMEMBERED:
                return
            del self._seen[message]
            if seen.times > SHOWN:
                yield message, seen.times - SHOWN
