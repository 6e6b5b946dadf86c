"""Whom a word on the command line means."""

from __future__ import annotations

from difflib import get_close_matches

from argus.core.collection import Collection, Enrolled
from argus.core.errors import UsageError


def find_enrolled(collection: Collection, text: str, otherwise: str) -> Enrolled:
    """The person with this id, or else with this name, whatever its capitals.

    Args:
        otherwise: what to do when nobody is meant, for the message.

    Raises:
        UsageError: there is none, or several have the name.
    """
    by_id = collection.find(text)
    if by_id is not None:
        return by_id
    named = [one for one in collection.people if one.person.name.casefold() == text.strip().casefold()]
    if len(named) == 1:
        return named[0]
    if named:
        ids = " or ".join(one.person.id for one in named)
        raise UsageError(f"{len(named)} people are called {text!r}: give the id, {ids}")
    close = get_close_matches(
        text, [name for one in collection.people for name in (one.person.name, one.person.id)], n=1
    )
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise UsageError(f"nobody here has the id or the name {text!r}: {hint}{otherwise}")
