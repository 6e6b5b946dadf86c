"""What a link leads to at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from cloud_lambdas.shared.links import Link

if TYPE_CHECKING:
    from argus.core.ports import Clock

PREFIX = "snapshots/"
"""What the bucket has elsewhere is no picture of a device."""

PATIENCE = timedelta(days=1)
"""A picture follows its alert within seconds; one that has not come in this time is not announced any longer."""


class Links(Protocol):
    """See :class:`cloud_lambdas.shared.links.LinkedPictures`."""

    def find(self, token: str, now: datetime) -> Link | None: ...


class Erased(Protocol):
    """See :class:`cloud_lambdas.shared.erased_pictures.ErasedPictures`."""

    def holds(self, key: str) -> bool: ...


class Bucket(Protocol):
    """Where the pictures are."""

    def holds(self, key: str) -> bool: ...

    def address(self, key: str) -> str: ...


class Missing(Enum):
    """Why there is no picture to be seen."""

    NO_LINK = "no link"
    NOT_YET = "not yet"
    GONE = "gone"


@dataclass(frozen=True)
class Found:
    """A picture.

    Attributes:
        address: where it can be had for a short time, by whoever has the address.
    """

    key: str
    address: str


class Pictures:
    """See the module."""

    def __init__(self, links: Links, erased: Erased, bucket: Bucket, clock: Clock) -> None:
        self._links = links
        self._erased = erased
        self._bucket = bucket
        self._clock = clock

    def is_linked(self, token: str) -> bool:
        """Whether this is a link that has not expired; the picture itself is not looked at."""
        return self._link(token) is not None

    def open(self, token: str) -> Found | Missing:
        """Makes an address of the picture, if it is there."""
        link = self._link(token)
        if link is None:
            return Missing.NO_LINK
        if link.key is None or self._erased.holds(link.key):
            return Missing.GONE
        if self._bucket.holds(link.key):
            return Found(link.key, self._bucket.address(link.key))
        waiting = self._clock.now() - link.minted_at < PATIENCE
        return Missing.NOT_YET if waiting else Missing.GONE

    def _link(self, token: str) -> Link | None:
        link = self._links.find(token, self._clock.now())
        if link is None or link.key is None:
            return link
        return link if link.key.startswith(PREFIX) else None  # a device names its pictures
