"""Whom a device recognises now."""

from __future__ import annotations

from dataclasses import dataclass

from argus.core.events import CollectionUsed
from argus.core.matching import Gallery


@dataclass(frozen=True)
class Recognised:
    """Against whom faces are compared: a collection, searchable, and how events name it."""

    gallery: Gallery
    used: CollectionUsed


class PeopleHolder:
    """Against whom faces are compared now. Any thread may swap the people, in one step, while others recognise.

    Whoever reads :attr:`current` uses one whole value of it for as long as what it does belongs together.
    """

    def __init__(self, current: Recognised) -> None:
        self._current = current

    @property
    def current(self) -> Recognised:
        return self._current

    def swap(self, people: Recognised) -> None:
        """From the next look on, ``people`` count."""
        self._current = people
