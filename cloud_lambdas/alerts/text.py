"""What people read of an alert. Pure: the same alert at the same time is told in the same words.

==================  ====================================================================
seen                begins with
==================  ====================================================================
somebody            ``Maria Silva was seen at Front door, 14:03``
... of a category   ``MISSING PERSON Maria Silva was ...``, ``Customer ...``, ``Resident ...``
a stranger          ``An unknown person was seen at ...``
somebody deleted    ``A person who was deleted was seen at ...``, and nothing else of them
==================  ====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cloud_lambdas.alerts.audience import MISSING, category_of
from cloud_lambdas.alerts.moment import Moment, moment_of
from cloud_lambdas.shared.alert import Alert
from cloud_lambdas.shared.words import ascii_only, place_words, shown

TITLES: Mapping[str, str] = {MISSING: "MISSING PERSON ", "customer": "Customer ", "resident": "Resident "}
"""Before the name; people of other categories have none."""

LONGEST_SUBJECT = 99
"""SNS takes fewer than 100 characters."""

_LONGEST_NAME, _LONGEST_PLACE, _LONGEST_NOTE, _LONGEST_ID = 100, 64, 1000, 128
_SHORT_NAME, _SHORT_PLACE = 40, 30
"""For subjects and phones: with title, time and link a message of 160 characters at most but for the link's own."""

_STRANGER_DIGITS = 8
"""The end of a stranger's id, which tells those of a day apart; its start is a time."""


@dataclass(frozen=True)
class Texts:
    """An alert in words.

    Attributes:
        subject: ASCII, one line, at most LONGEST_SUBJECT characters.
        short: one sentence and the link, on two lines: for chats and for programs.
        email: that, and what else is known, with the person's note.
        sms: on one line.
    """

    subject: str
    short: str
    email: str
    sms: str


def compose(alert: Alert, link: str | None, now: datetime, zone: tzinfo) -> Texts:
    """The texts of an alert.

    Args:
        link: to the picture, where there is one.
        now: by which today is today.
        zone: of the people who read it.
    """
    moment = moment_of(alert)
    at = _time(moment, now, zone)
    headline = _headline(alert, at, _LONGEST_NAME, _LONGEST_PLACE)
    sms = _headline(alert, at, _SHORT_NAME, _SHORT_PLACE)
    return Texts(
        subject=shown(ascii_only(_seen(alert, _subject_name(alert), _SHORT_PLACE)), LONGEST_SUBJECT),
        short=headline if link is None else f"{headline}\nPicture: {link}",
        email="\n".join([f"{headline}.", *_details(alert, moment, link)]),
        sms=sms if link is None else f"{sms} {link}",
    )


def _headline(alert: Alert, at: str, name_length: int, place_length: int) -> str:
    revised = " (first taken for a stranger)" if alert.revises is not None else ""
    return f"{_seen(alert, _name(alert, name_length), place_length)}, {at}{revised}"


def _seen(alert: Alert, name: str, place_length: int) -> str:
    return f"{_who(alert, name)} was seen at {shown(place_words(alert.camera), place_length)}"


def _who(alert: Alert, name: str) -> str:
    if alert.person is None:
        return f"An unknown person{_stranger(alert)}"
    if alert.person.standing == "deleted":
        return "A person who was deleted"
    return f"{TITLES.get(category_of(alert).casefold(), '')}{name}"


def _stranger(alert: Alert) -> str:
    return f" (stranger {shown(alert.stranger_id[-_STRANGER_DIGITS:], _STRANGER_DIGITS)})" if alert.stranger_id else ""


def _name(alert: Alert, longest: int) -> str:
    """Of whoever has one to be told."""
    person = alert.person
    return "" if person is None else shown(person.name or "", longest) or shown(person.id, longest) or "Somebody"


def _subject_name(alert: Alert) -> str:
    name = ascii_only(_name(alert, _SHORT_NAME))
    return name if any(character.isalnum() for character in name) else "Somebody you know"


def _time(moment: Moment, now: datetime, zone: tzinfo) -> str:
    """``14:03``; with the date unless it is today, with the zone where that is UTC, and not as certain as it is not."""
    local = moment.at.astimezone(zone)
    words = [] if moment.sure else ["about"]
    if local.date() != now.astimezone(zone).date():
        words.append(local.date().isoformat())
    words.append(f"{local:%H:%M}")
    if local.tzname() == "UTC":
        words.append("UTC")
    return " ".join(words)


def _details(alert: Alert, moment: Moment, link: str | None) -> list[str]:
    person, lines = alert.person, []
    if category_of(alert) == MISSING:
        lines.append("This person is being searched for.")
    if not moment.sure:
        lines.append("The device's clock was not set: the time is when the event arrived.")
    if person is not None and person.standing == "unlisted":
        lines.append("There is no record of this person: the name is the one that the device has.")
    if person is not None and person.standing == "known" and (note := shown(person.note or "", _LONGEST_NOTE)):
        lines.append(f"Note: {note}")
    if link is not None:
        lines.append(f"Picture: {link}")
    lines.append("")
    if person is not None and person.standing != "deleted":
        lines.append(f"Category: {category_of(alert)}")
    if alert.stranger_id is not None:
        lines.append(f"Stranger: {shown(alert.stranger_id, _LONGEST_ID)} (the same for one who comes again)")
    lines.append(f"Device: {shown(alert.thing, _LONGEST_ID)}, camera: {shown(alert.camera, _LONGEST_ID)}")
    lines.append(f"Event: {shown(alert.event_id, _LONGEST_ID)}")
    return lines
