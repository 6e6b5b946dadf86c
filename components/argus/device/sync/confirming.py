"""Tells the source of a collection which version this device uses, so that somebody can wait for all devices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from argus.core.confirmation import Confirmation
from argus.core.errors import CollectionError
from argus.core.head import Statement
from argus.core.ports import BlobStore
from argus.storage.confirmations import write_confirmation

AGAIN = timedelta(days=1)
"""An unchanged version is confirmed again after so long: the source then knows which devices still follow it."""


class Confirming:
    """What ``thing`` confirms at ``source``. A refusal stops nothing; it is tried again with the next look.

    Attributes:
        problem: why the source could not be told, one sentence; None when it was.
    """

    def __init__(self, source: BlobStore, thing: str, now: Callable[[], datetime]) -> None:
        self._source = source
        self._thing = thing
        self._now = now
        self._told: tuple[Statement, datetime] | None = None
        self.problem: str | None = None

    def tell(self, statement: Statement) -> None:
        """Confirms what ``statement`` names, unless that was done within the last day."""
        now = self._now()
        if self._told is not None and self._told[0] == statement and timedelta(0) <= now - self._told[1] < AGAIN:
            return
        confirmation = Confirmation(
            self._thing,
            statement.collection_id,
            statement.sequence,
            statement.manifest_sha256,
            statement.model_id,
            now,
        )
        try:
            write_confirmation(self._source, confirmation)
        except CollectionError as error:
            self.problem = f"the source could not be told which version is in use ({error})"
            return
        self._told, self.problem = (statement, now), None
