"""What a demo prints: results on stdout, as text or as one JSON object a line; what is being done, on stderr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from argus.cli.demo.judging import Photo, Problem
from argus.cli.demo.record import Alerted, Told
from argus.cli.output import print_json, print_note, print_text
from argus.core.events import to_json_value

_SECONDS = {
    "photo_to_verdict": "photo in S3 -> verdict",
    "photo_to_device": "photo in S3 -> in use on the device",
    "capture_to_event": "picture taken -> event",
    "event_to_sighting": "event -> sighting",
    "sighting_to_alert": "sighting -> alert",
    "capture_to_alert": "picture taken -> alert",
}


_PROTOCOLS = {"email": "e-mail", "sms": "SMS"}


class Telling:
    """Says things as they happen."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def note(self, text: str) -> None:
        """What is being done."""
        print_note(f"argus: {text}")

    def event(self, told: Told) -> None:
        """An event of the device."""
        event = told.event
        if self._as_json:
            print_json(to_json_value(event))
            return
        who = event.person.name if event.person else "a stranger"
        says = {"match": f"{who} is here", "unknown": f"{who} is here", "left": f"{who} has left"}[event.kind]
        print_text(f"{_clock(told.at)}  {event.device.thing}/{event.camera}: {says}")

    def alert(self, alerted: Alerted) -> None:
        """What is sent, as it would be."""
        sent = alerted.sent
        if self._as_json:
            print_json({"kind": "sent", **asdict(sent)})
            return
        print_text(f"{_clock(alerted.at)}  ALERT {sent.subject}")
        for one in sent.to:
            print_text(f"          {_PROTOCOLS.get(one.protocol, one.protocol)} to {one.endpoint}:")
            for line in one.text.splitlines():
                print_text(f"            {line}".rstrip())
        print_text()

    def summary(self, figures: Mapping[str, object], problems: Sequence[Problem]) -> None:
        """What it came to."""
        if self._as_json:
            failed = [asdict(problem) for problem in problems]
            print_json({"kind": "summary", "passed": not problems, **figures, "failed": failed})
            return
        counts = [_counted(figures[name], name) for name in ("photos", "events", "sightings", "alerts")]
        print_text(f"{', '.join(counts)}")
        seconds = figures["seconds"]
        assert isinstance(seconds, Mapping)
        if seconds:
            print_text(f"{'seconds':<40}{'p50':>7}{'p95':>7}")
        for name, words in _SECONDS.items():
            if name in seconds:
                print_text(f"  {words:<38}{seconds[name]['p50']:7.2f}{seconds[name]['p95']:7.2f}")
        if not problems:
            print_text("all that should follow did")


def _counted(count: object, what: str) -> str:
    return f"{count} {what if count != 1 else what.removesuffix('s')}"


def photo_line(photo: Photo) -> str:
    """What became of a photo."""
    return f"{photo.key}: {photo.sentence or 'not judged'}"


def _clock(at: datetime) -> str:
    return at.astimezone().strftime("%H:%M:%S")
