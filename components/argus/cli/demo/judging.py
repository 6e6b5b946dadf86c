"""Whether everything that should follow from something did. Pure: the same facts come to the same judgement."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from argus.cli.demo.record import Alerted, Issued, Told
from argus.core.events import VisitEvent


@dataclass(frozen=True)
class Photo:
    """A photo that was put into S3.

    Attributes:
        key: in the bucket.
        verdict: what became of it; None where nobody said.
        sentence: the verdict's own.
        judged_at: when the verdict was seen.
    """

    key: str
    put_at: datetime
    verdict: str | None = None
    sentence: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True)
class Sighted:
    """A sighting; ``standing`` is that of the person's record when the event arrived, None of a stranger."""

    stored_at: datetime
    standing: str | None


@dataclass(frozen=True)
class Picture:
    """What the link of an alert leads to.

    Attributes:
        event_id: whose picture it is; None where it is none.
        trouble: why it cannot be seen; empty where it can.
    """

    event_id: str | None
    trouble: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known at the end.

    Attributes:
        photos: of everybody who was to be enrolled.
        issued: the newest version of the collection.
        in_use: the version that the device has confirmed, and when it did.
        told: the events, in the device's order.
        visitors: who was to be seen: a name a visit, None of a stranger; None where nobody knows.
        sightings: by event id.
        waiting, dropped: events, by the device's last status; None where there was none.
        alerts: what was sent to subscribers, each with what its link leads to.
        categories: of the enrolled, by their id.
        alarms: what was sent to whoever operates this.
        dead_letters: how many, by queue.
        failed_rules: messages that a rule could not hand on.
        reported: the version that the device has in the cloud's table of devices.
        commanded: what became of a command to the device: ``done``, or what else; None where none was sent.
        device_exit: the exit code of the device's program; None while it runs.
    """

    photos: tuple[Photo, ...]
    issued: Issued | None
    in_use: tuple[str, datetime] | None
    told: tuple[Told, ...]
    visitors: tuple[str | None, ...] | None
    sightings: Mapping[str, Sighted]
    waiting: int | None
    dropped: int | None
    alerts: tuple[tuple[Alerted, Picture], ...]
    categories: Mapping[str, str]
    alarms: tuple[Alerted, ...]
    dead_letters: Mapping[str, int]
    failed_rules: int
    reported: str | None
    commanded: str | None
    device_exit: int | None = None


@dataclass(frozen=True)
class Problem:
    """A flow that failed, and how."""

    flow: str
    reason: str


def judge(facts: Facts) -> tuple[Problem, ...]:
    """Everything that is not as it should be."""
    return tuple(Problem(flow, reason) for flow, check in _FLOWS.items() for reason in check(facts))


def alerting(events: Iterable[VisitEvent]) -> list[VisitEvent]:
    """Those of which people should be told: of each person and stranger the first, for the cool-down is longer than
    all of it. A stranger without an id is known by the visit.
    """
    found: dict[str, VisitEvent] = {}
    for event in events:
        if event.kind in ("match", "unknown") and event.alert:
            found.setdefault(event.person.id if event.person else event.stranger_id or event.visit_id, event)
    return list(found.values())


def _photos(facts: Facts) -> Iterator[str]:
    for photo in facts.photos:
        if photo.verdict is None:
            yield f"{photo.key} was not judged"
        elif photo.verdict != "accepted":
            yield f"{photo.key} was {photo.verdict}: {photo.sentence}"


def _collection(facts: Facts) -> Iterator[str]:
    if facts.issued is None:
        yield "no version was published"
    elif facts.in_use is None:
        yield "the device has no version"
    elif facts.in_use[0] != facts.issued.version:
        yield f"the device uses {_version(facts.in_use[0])}, and {_version(facts.issued.version)} was published"


def _device(facts: Facts) -> Iterator[str]:
    if facts.device_exit is not None:
        yield f"the device's program ended with exit code {facts.device_exit}"
    if facts.issued is not None and facts.reported != facts.issued.version:
        yield f"by the cloud's table the device uses {_version(facts.reported)}, not {_version(facts.issued.version)}"


def _commands(facts: Facts) -> Iterator[str]:
    if facts.commanded != "done":
        yield f"the device did not carry a command out ({facts.commanded or 'none was sent'})"


def _visits(facts: Facts) -> Iterator[str]:
    names: dict[str, str | None] = {}
    for told in facts.told:
        if told.event.kind in ("match", "unknown"):
            names[told.event.visit_id] = told.event.person.name if told.event.person else None
    if facts.visitors is not None and Counter(names.values()) != Counter(facts.visitors):
        yield f"expected were visits of {_listed(facts.visitors)}, and there were visits of {_listed(names.values())}"
    left = Counter(told.event.visit_id for told in facts.told if told.event.kind == "left")
    if left != Counter(names.keys()):
        yield f"{len(names)} visits began, and {left.total()} were told to have ended"


def _sequence(facts: Facts) -> Iterator[str]:
    numbers = [told.event.device.sequence for told in facts.told]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the events are numbered {', '.join(map(str, numbers))}: some are missing"
    if facts.dropped:
        yield f"the device gave up {facts.dropped} events"


def _sightings(facts: Facts) -> Iterator[str]:
    told = {one.event.event_id: one.event for one in facts.told}
    if missing := told.keys() - facts.sightings.keys():
        yield f"{len(missing)} of {len(told)} events became no sighting"
    if unheard := facts.sightings.keys() - told.keys():
        yield f"{len(unheard)} sightings are of events that the device did not tell of"
    for event_id, sighting in facts.sightings.items():
        event = told.get(event_id)
        if event is not None and event.person is not None and sighting.standing != "known":
            yield f"the sighting of {event.person.name} has no record of the person ({sighting.standing})"


def _outbox(facts: Facts) -> Iterator[str]:
    if facts.waiting is None:
        yield "the device did not say how many events wait"
    elif facts.waiting:
        yield f"{facts.waiting} events still wait for the cloud's acknowledgement"


def _alerts(facts: Facts) -> Iterator[str]:
    expected = alerting(told.event for told in facts.told)
    if len(expected) != len(facts.alerts):
        yield f"{len(expected)} alerts were expected (of {_listed(map(_name, expected))}), and {len(facts.alerts)} sent"
    events = {event.event_id: event for event in expected}
    for alerted, picture in facts.alerts:
        sent = alerted.sent
        if not sent.to:
            yield f"nobody was sent {sent.subject!r}"
        if picture.event_id is None:
            continue
        event = events.pop(picture.event_id, None)
        if event is None:
            yield f"{sent.subject!r} was sent again, or within the cool-down"
        elif event.person is not None and not all(event.person.name in one.text for one in sent.to):
            yield f"{sent.subject!r} does not name {event.person.name}"
        elif event.person is not None and sent.attributes.get("category") != facts.categories.get(event.person.id):
            yield f"{sent.subject!r} has the category {sent.attributes.get('category')}, which is another person's"
        elif sent.attributes.get("kind") != event.kind:
            yield f"{sent.subject!r} is of the kind {sent.attributes.get('kind')}, and its event of {event.kind}"


def _pictures(facts: Facts) -> Iterator[str]:
    for alerted, picture in facts.alerts:
        if picture.trouble:
            yield f"the link in {alerted.sent.subject!r}: {picture.trouble}"


def _dead_letters(facts: Facts) -> Iterator[str]:
    for queue, count in facts.dead_letters.items():
        if count:
            yield f"{count} in {queue}"
    if facts.failed_rules:
        yield f"{facts.failed_rules} messages could not be handed on by a rule"


def _alarms(facts: Facts) -> Iterator[str]:
    for alarm in facts.alarms:
        yield alarm.sent.subject or alarm.sent.text


_FLOWS: Mapping[str, Callable[[Facts], Iterator[str]]] = {
    "photos": _photos,
    "collection": _collection,
    "device": _device,
    "commands": _commands,
    "visits": _visits,
    "events": _sequence,
    "sightings": _sightings,
    "acknowledgements": _outbox,
    "alerts": _alerts,
    "pictures": _pictures,
    "dead letters": _dead_letters,
    "alarms": _alarms,
}


def figures(facts: Facts) -> dict[str, object]:
    """How much of everything there was, and how long it took, in seconds."""
    stored = {event_id: sighting.stored_at for event_id, sighting in facts.sightings.items()}
    decided = [told for told in facts.told if told.event.kind != "left"]
    sent = {picture.event_id: alerted.at for alerted, picture in facts.alerts if picture.event_id is not None}
    photos = [photo for photo in facts.photos if photo.judged_at is not None]
    latencies = {
        "photo_to_verdict": [_seconds(photo.put_at, photo.judged_at) for photo in photos if photo.judged_at],
        "photo_to_device": [_seconds(photo.put_at, facts.in_use[1]) for photo in photos if facts.in_use],
        "capture_to_event": [_seconds(told.event.captured_at, told.at) for told in decided],
        "event_to_sighting": [
            _seconds(told.at, stored[told.event.event_id]) for told in facts.told if told.event.event_id in stored
        ],
        "sighting_to_alert": [_seconds(stored[event], at) for event, at in sent.items() if event in stored],
        "capture_to_alert": [
            _seconds(told.event.captured_at, sent[told.event.event_id])
            for told in decided
            if told.event.event_id in sent
        ],
    }
    return {
        "photos": len(facts.photos),
        "events": len(facts.told),
        "sightings": len(facts.sightings),
        "alerts": len(facts.alerts),
        "seconds": {name: _percentiles(values) for name, values in latencies.items() if values},
    }


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    """By the nearest rank."""
    ordered = sorted(values)
    return {
        name: round(ordered[math.ceil(share * len(ordered)) - 1], 3) for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def _seconds(since: datetime, until: datetime) -> float:
    """A sighting is stored by the millisecond, and a picture taken by the microsecond."""
    return max(0.0, (until - since).total_seconds())


def _version(version: str | None) -> str:
    return "no version" if version is None else f"version {version[:12]}"


def _name(event: VisitEvent) -> str | None:
    return event.person.name if event.person else None


def _listed(names: Iterable[str | None]) -> str:
    counted = Counter(name or "a stranger" for name in names)
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counted.items()) or "nobody"
