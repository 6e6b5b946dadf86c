"""When somebody was seen, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cloud_lambdas.shared.alert import Alert

_AHEAD = timedelta(minutes=5)
_BEHIND = timedelta(days=366)
"""A device keeps events for days and not for years; a clock that says so, or that is ahead of the cloud's, is wrong."""


@dataclass(frozen=True)
class Moment:
    """A time, aware UTC.

    Attributes:
        sure: by the device's clock, which was right; otherwise it is when the event reached the cloud.
    """

    at: datetime
    sure: bool


def moment_of(alert: Alert) -> Moment:
    """When an alert's event was."""
    believable = alert.received_at - _BEHIND <= alert.captured_at <= alert.received_at + _AHEAD
    if alert.clock_set and believable:
        return Moment(alert.captured_at, sure=True)
    return Moment(alert.received_at, sure=False)
