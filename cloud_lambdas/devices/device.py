"""What the cloud knows of one device, and what of it people have to hear.

Theory of operation: statuses come late, twice, in parts and in any order, so each is compared with what is known
(:meth:`Device.heard`). People are told of a trouble once when it begins and once when it is over: ``told`` is what
they know, and :meth:`Device.news` is where that differs from how things are.

======== ============================================ =========================================
trouble  begins                                       is over
======== ============================================ =========================================
silent   the next status is GRACE later than promised  a status comes
behind   for BEHIND_AFTER a collection has an error,   all collections are in use without error
         or nothing of it is in use
======== ============================================ =========================================

A device that said that it stops has promised nothing: it is not silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from argus.core.status import DeviceStatus

Trouble = Literal["silent", "behind"]
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)

GRACE = timedelta(seconds=30)
"""For what is on its way through the rule and the queue."""

BEHIND_AFTER = timedelta(hours=1)
"""A network that comes and goes, or a bucket that is out of reach for minutes, is told of by the status alone."""

_SAME_START_SECONDS = 1.0
"""Two statuses of one run agree so well on when it started, unless its clock was set between them."""


@dataclass(frozen=True)
class News:
    """That a trouble has begun, ``since`` when; or that it is over."""

    trouble: Trouble
    since: datetime
    over: bool


@dataclass(frozen=True)
class Device:
    """A device, all times aware UTC and by the cloud's clock.

    Attributes:
        last_seen_at: when its newest message reached the cloud.
        promised_until: when the next one comes at the latest; None where it said that it stops.
        status: the newest one of which all parts have come, in one; None before the first, or where it cannot be read.
        parts: of a newer one, those that have come.
        behind_since: since when a collection could not be followed; None while all can.
        told: troubles that people have heard of, each since when it was; none of those that are over.
        revision: counts the changes of all this but ``told``.
    """

    thing: str
    last_seen_at: datetime
    promised_until: datetime | None
    status: DeviceStatus | None = None
    parts: Mapping[int, DeviceStatus] = field(default_factory=dict)
    behind_since: datetime | None = None
    told: Mapping[Trouble, datetime] = field(default_factory=dict)
    revision: int = 0

    @property
    def newest(self) -> DeviceStatus | None:
        """The newest that came, of which there may be more parts: all but cameras and collections is in each."""
        return next(iter(self.parts.values()), None) or self.status

    def heard(self, status: DeviceStatus, received_at: datetime) -> Device | None:
        """The device after a status, or a part of one; None where that says nothing new."""
        newest = self.newest
        if newest is not None and _headline(status) == _headline(newest):
            if not self.parts or status.part in self.parts:
                return None
            parts = {**self.parts, status.part: status}
        elif received_at < self.last_seen_at or (newest is not None and _is_earlier(status, newest)):
            return None
        else:
            parts = {status.part: status}
        return self._with(parts, max(received_at, self.last_seen_at))

    def _with(self, parts: Mapping[int, DeviceStatus], seen_at: datetime) -> Device:
        first = next(iter(parts.values()))
        promised = None if first.state == "stopping" else seen_at + timedelta(seconds=first.next_within_seconds)
        after = replace(self, last_seen_at=seen_at, promised_until=promised, parts=parts, revision=self.revision + 1)
        if len(parts) < first.parts:
            return after
        whole = _joined(parts)
        since = (self.behind_since or seen_at) if lagging(whole) else None
        return replace(after, status=whole, parts={}, behind_since=since)

    def is_silent(self, now: datetime) -> bool:
        """Whether it has broken its promise."""
        return self.promised_until is not None and now > self.promised_until + GRACE

    def news(self, now: datetime) -> tuple[News, ...]:
        """What people have to hear; whether one that says nothing follows its collections is not known."""
        silent = self.is_silent(now)
        found = [self._difference("silent", self.last_seen_at if silent else None)]
        if not silent and self.promised_until is not None:
            late = self.behind_since is not None and now >= self.behind_since + BEHIND_AFTER
            # One that is behind again, but not yet for long, is told of neither as well nor as ill.
            if late or self.behind_since is None:
                found.append(self._difference("behind", self.behind_since))
        return tuple(one for one in found if one)

    def _difference(self, trouble: Trouble, since: datetime | None) -> News | None:
        known = self.told.get(trouble)
        if since is not None and known is None:
            return News(trouble, since, over=False)
        if since is None and known is not None:
            return News(trouble, known, over=True)
        return None

    def knowing(self, news: News) -> Device:
        """The device after people have heard it."""
        others = {trouble: since for trouble, since in self.told.items() if trouble != news.trouble}
        return replace(self, told=others if news.over else {**others, news.trouble: news.since})


def first_heard(thing: str, status: DeviceStatus, received_at: datetime) -> Device:
    """A device that nothing was known of, after its first status or part of one."""
    return Device(thing, received_at, None)._with({status.part: status}, received_at)


def lagging(status: DeviceStatus) -> list[str]:
    """The collections that a device cannot follow, each with what it has and why, for people."""
    return [
        f"{one.id} ({'nothing is in use' if one.sequence is None else f'number {one.sequence} is in use'}"
        f"{'; ' + one.last_error if one.last_error else ''})"
        for one in status.collections
        if one.version is None or one.last_error is not None
    ]


def _headline(status: DeviceStatus) -> DeviceStatus:
    """What all parts of one status, and no two statuses, have in common."""
    return replace(status, cameras=(), collections=(), part=1, parts=1)


def _is_earlier(status: DeviceStatus, than: DeviceStatus) -> bool:
    """Whether it comes late, as what is published again does: the same run of the program said it before the other.

    Only the time since its start tells: a clock may be set back, and what the device says then is new all the same.
    """
    later_seconds = status.uptime_seconds - than.uptime_seconds
    apart_seconds = abs((status.sent_at - than.sent_at).total_seconds() - later_seconds)
    return status.boot_id == than.boot_id and apart_seconds < _SAME_START_SECONDS and later_seconds < 0


def _joined(parts: Mapping[int, DeviceStatus]) -> DeviceStatus:
    ordered = [parts[number] for number in sorted(parts)]
    return replace(
        ordered[0],
        cameras=tuple(camera for part in ordered for camera in part.cameras),
        collections=tuple(collection for part in ordered for collection in part.collections),
        part=1,
        parts=1,
    )
