"""How somebody is reached: checked, and in the one spelling in which it is kept."""

from __future__ import annotations

import re

from argus.core.errors import UsageError

MOST_NOTE_CHARACTERS = 1000
_MOST_EMAIL_CHARACTERS = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164: a country's code and 15 digits at most. Which numbers a country gives out is not looked at."""

_BETWEEN = re.compile(r"[ ().\u00a0/-]")
_EMAIL = re.compile(r"[^@\s<>()\[\],:;\"\\]+@[^@\s<>()\[\],:;\"\\.]+(\.[^@\s<>()\[\],:;\"\\.]+)+")


def phone_number(text: str) -> str:
    """``+351 900 000 000`` -> ``+351900000000``.

    Raises:
        UsageError: it is no telephone number with its country's code.
    """
    number = _BETWEEN.sub("", text.strip())
    if not _E164.fullmatch(number):
        raise UsageError(
            "that is no telephone number: write it with its country's code, + and 7 to 15 digits (+351 900 000 000)"
        )
    return number


def email_address(text: str) -> str:
    """An address as it was given, without spaces around it.

    Raises:
        UsageError: nothing can be sent there.
    """
    address = text.strip()
    if len(address) > _MOST_EMAIL_CHARACTERS or not address.isprintable() or not _EMAIL.fullmatch(address):
        raise UsageError("that is no e-mail address: one looks like name@example.org")
    return address


def short_note(text: str) -> str:
    """A line for whoever reads an alert.

    Raises:
        UsageError: it is empty, too long, or more than a line.
    """
    note = text.strip()
    if not note or len(note) > MOST_NOTE_CHARACTERS or not note.isprintable():
        raise UsageError(f"a note is one line of 1 to {MOST_NOTE_CHARACTERS} characters")
    return note
