"""Which events are published when: all once, in order and soon; again whatever is not acknowledged.

First publication
    In the order of the numbers. At most WINDOW of them wait for their acknowledgement; one that has waited for
    PATIENCE_SECONDS is overdue, and makes room. So a cloud that acknowledges is sent events as fast as it takes them,
    and one that does not is still told of new ones.
Again
    Of the overdue, REPEATED at a time, from the oldest to the newest and then from the oldest again. When one of them
    was acknowledged within PATIENCE_SECONDS the next are sent at once; when none was, there is a pause, which doubles
    up to LONGEST_SECONDS. So a cloud that does not answer is not sent a long queue over and over, and an event that
    it never acknowledges keeps no other back.

No clock is read here, and nothing is kept of what was published but its ids: all that waits is in the outbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from argus.device.outbox.store import OutboxRow

WINDOW = 1000
"""Some 1.5 MB, which fits into the memory in which a nucleus keeps messages for the cloud (2.5 MB)."""

AT_ONCE = 100
REPEATED = 100
PATIENCE_SECONDS = 10.0
LONGEST_SECONDS = 300.0


@dataclass(frozen=True)
class Portion:
    """Which events of the outbox are next: at most ``limit``, numbered above ``after`` and not above ``until``."""

    after: int
    until: int | None
    limit: int
    again: bool


class Pacing:
    """What was published, since the start. For one thread; times are those of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._more = True
        self._published = 0
        self._awaited: dict[str, tuple[int, float]] = {}
        self._overdue = 0
        self._again_at: float | None = None
        self._again_after = 0
        self._repeated: set[str] = set()
        self._repeated_until: float | None = None
        self._heard = False
        self._failures = 0

    def added(self) -> None:
        """There may be new events in the outbox."""
        self._more = True

    def next(self, now: float) -> Portion | None:
        """What is to be published now, if anything; to be followed by :meth:`published`."""
        self._lose_patience(now)
        if self._again_at is not None and self._repeated_until is None and now >= self._again_at:
            return Portion(self._again_after, self._overdue, REPEATED, again=True)
        room = min(WINDOW - len(self._awaited), AT_ONCE)
        if self._more and room > 0:
            return Portion(self._published, None, room, again=False)
        return None

    def next_at(self) -> float | None:
        """When there may be something to do, if nothing happens before."""
        times = [self._again_at if self._repeated_until is None else self._repeated_until]
        if self._awaited:
            times.append(next(iter(self._awaited.values()))[1])
        return min((time for time in times if time is not None), default=None)

    def published(self, portion: Portion, rows: Sequence[OutboxRow], now: float) -> None:
        """What there was of a portion was published."""
        until = now + PATIENCE_SECONDS
        if not portion.again:
            self._more = len(rows) == portion.limit
            for row in rows:
                self._published = max(self._published, row.sequence)
                self._awaited[row.event_id] = (row.sequence, until)
        elif rows:
            self._again_after = max(row.sequence for row in rows)
            self._repeated = {row.event_id for row in rows}
            self._repeated_until, self._heard = until, False
        elif self._again_after:
            self._again_after = 0
        else:
            self._again_at = None

    def acknowledged(self, event_ids: Iterable[str], now: float) -> None:
        """The cloud has these events."""
        for event_id in event_ids:
            if self._awaited.pop(event_id, None) is None:
                self._heard = True
                self._repeated.discard(event_id)
        if self._heard and not self._repeated:
            # It answers, if late: there is nothing to wait for.
            self._go_on(now)

    def refused(self, now: float) -> None:
        """The transport did not take something. Of what it took before nobody knows what has arrived."""
        if self._published:
            self._overdue, self._again_after = self._published, 0
            self._awaited.clear()
            self._repeated.clear()
            self._go_on(now)
        self._more = True

    def _go_on(self, now: float) -> None:
        if self._again_at is not None or self._overdue:
            self._again_at, self._repeated_until = now, None
        self._heard, self._failures = False, 0

    def _lose_patience(self, now: float) -> None:
        while self._awaited:
            event_id, (sequence, until) = next(iter(self._awaited.items()))
            if now < until:
                break
            del self._awaited[event_id]
            self._overdue = max(self._overdue, sequence)
            if self._again_at is None:
                self._again_at = now
        if self._repeated_until is not None and now >= self._repeated_until:
            if self._heard:
                self._go_on(now)
                return
            self._repeated_until = None
            self._failures += 1
            self._again_at = now + min(LONGEST_SECONDS, PATIENCE_SECONDS * 2.0 ** min(self._failures, 32))
