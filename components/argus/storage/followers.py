"""The devices that follow a collection: which model each of them uses, as far as they say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.core.confirmation import Confirmation
from argus.core.ports import BlobStore
from argus.storage.confirmations import read_confirmations

SEEN = timedelta(days=30)
"""A device that said nothing for longer is not waited for."""


@dataclass(frozen=True)
class Follower:
    """One device; ``confirmation`` None: what it said cannot be read."""

    thing: str
    confirmation: Confirmation | None
    is_recent: bool

    def uses(self, model_id: str) -> bool:
        return self.confirmation is not None and self.confirmation.model_id == model_id


def followers(store: BlobStore, collection_id: str, now: datetime) -> tuple[Follower, ...]:
    """Every device that ever confirmed a version, by name."""
    found = sorted(read_confirmations(store, collection_id).items())
    return tuple(Follower(thing, one, one is None or now - one.confirmed_at <= SEEN) for thing, one in found)


def left_behind(devices: tuple[Follower, ...], model_id: str) -> tuple[Follower, ...]:
    """Who was seen lately and has not confirmed ``model_id``."""
    return tuple(one for one in devices if one.is_recent and not one.uses(model_id))
