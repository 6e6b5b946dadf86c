"""Which events alert: the first of somebody does, those that follow within the cool-down do not.

Whose
    The cool-down is that of a person, over all cameras of the device: of an enrolled one, and of a stranger whom the
    device knows again. A stranger without such an id always alerts: it may be another one each time.
What
    A ``match`` and an ``unknown`` alert. A ``left`` and an ``uncertain`` alert nobody, so that neither starts nor is
    stopped by a cool-down.
From when
    The cool-down counts from the alert. Visits within it do not prolong it: who is always there is reported again
    every so often.
Doubt
    When nothing can tell how long ago the alert was (the clock was put back over a restart, or is not set), it counts
    as over: an alert too many is better than one that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from argus.core.events import VisitEvent
from argus.core.instants import Instant

ALERTING_KINDS = ("match", "unknown")


@dataclass(frozen=True)
class CoolDown:
    """Somebody who has raised an alert, and when."""

    key: str
    alerted_at: Instant


def cool_down_key(event: VisitEvent) -> str | None:
    """Whose cool-down an event falls under; None when it always alerts, or never."""
    if event.kind == "match" and event.person is not None:
        return person_key(event.person.id)
    if event.kind == "unknown" and event.stranger_id is not None:
        return f"stranger:{event.stranger_id}"
    return None


def person_key(person_id: str) -> str:
    """The key of somebody enrolled."""
    return f"person:{person_id}"


def is_over(alerted_at: Instant | None, now: Instant, cool_down_seconds: float) -> bool:
    """Whether somebody alerts again who did at ``alerted_at``, if ever."""
    if alerted_at is None:
        return True
    passed = now.since(alerted_at)
    return passed is None or passed >= cool_down_seconds
