"""From a person's name to the id that stands for them in keys and events."""

from __future__ import annotations

import hashlib
import unicodedata

from argus.core.errors import UsageError
from argus.core.types import Person

DEFAULT_CATEGORY = "person"
"""Of whom no other is said."""

_MAX_BYTES = 100
_HASH_DIGITS = 8
_KEPT = {"L", "M", "N"}
"""Unicode's letters, marks and numbers."""


def person_id(name: str) -> str:
    """The id of whoever has this name: ``"Jörg O'Neill"`` -> ``"jörg-o-neill"``.

    Letters and numbers of every script stay, in lower case and composed form (NFC); whatever is between them becomes
    one ``-``. A name with none of them, or a very long one, gets the start of its hash. The rule never changes.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    spaced = "".join(character if unicodedata.category(character)[0] in _KEPT else " " for character in folded)
    slug = "-".join(spaced.split())
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
    if not slug:
        return f"person-{digest}"
    if len(slug.encode()) > _MAX_BYTES:
        return slug.encode()[:_MAX_BYTES].decode(errors="ignore") + "-" + digest
    return slug


def person_of(name: str, category: str) -> Person:
    """The person called ``name``.

    Raises:
        UsageError: no person can be called so.
    """
    composed = unicodedata.normalize("NFC", name).strip()
    try:
        return Person(person_id(composed), composed, category)
    except ValueError as error:
        raise UsageError(f"nobody can be called {name!r}: {error}") from error


def check_same_name(one: Person, other: Person) -> None:
    """Refuses two people who are only one to the id.

    Raises:
        UsageError: they have the same id and different names.
    """
    if one.id == other.id and one.name != other.name:
        raise UsageError(
            f"{one.name!r} and {other.name!r} have the same id {one.id!r}: use one spelling for one person, "
            "and names that differ by more than capitals and punctuation for two"
        )
