"""What a device says about a collection that it follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SyncStatus:
    """One collection at one moment.

    Attributes:
        source: where it comes from, for people.
        collection_id, version, sequence, issued_at: of what is in use; None while there is nothing.
        people: how many are in use.
        confirmed_at: when the source last said that this is its newest version, aware UTC; None since the start.
        last_error: why the newest attempt failed, one sentence; None when it did not.
        unconfirmed: why the source could not be told what is in use, one sentence; None when it was, or need not be.
    """

    source: str
    collection_id: str | None = None
    version: str | None = None
    sequence: int | None = None
    issued_at: datetime | None = None
    people: int = 0
    confirmed_at: datetime | None = None
    last_error: str | None = None
    unconfirmed: str | None = None

    def age_seconds(self, now: datetime) -> float | None:
        """How long ago the source last confirmed what is in use; where it has not yet, how long ago it was issued."""
        since = self.confirmed_at or self.issued_at
        return None if since is None else (now - since).total_seconds()

    def in_use(self) -> str:
        """What is in use, and why it is not the newest, if it is not, for people."""
        problems = [problem for problem in (self.last_error, self.unconfirmed) if problem]
        if self.version is None:
            return "; ".join(["nothing is in use yet", *problems])
        people = "1 person" if self.people == 1 else f"{self.people} people"
        return "; ".join([f"{people} of version {self.version[:12]} (number {self.sequence}) in use", *problems])
