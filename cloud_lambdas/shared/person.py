"""Somebody as the cloud knows them at one moment: the value that tables, queues and functions hand on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

Standing = Literal["known", "unlisted", "deleted"]

MOST_CHARACTERS = 1000
"""Of each text of a record that goes on into what has a limit: as many as a note may have."""


@dataclass(frozen=True)
class PersonRecord:
    """A person as the record was at one moment.

    Attributes:
        standing: ``known``; ``unlisted`` (the people table has no such id: what is said of them is somebody else's
            word, a device's or a photo's sender's); ``deleted`` (they were erased: nothing of them is told).
    """

    id: str
    standing: Standing
    name: str | None = None
    category: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None

    def shortened(self) -> PersonRecord:
        """The same with each text cut to MOST_CHARACTERS: into the table itself anything may have been written."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return PersonRecord(**{name: value and value[:MOST_CHARACTERS] for name, value in values.items()})
