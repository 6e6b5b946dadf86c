"""By what subscribers' filters choose."""

from __future__ import annotations

from collections.abc import Mapping

from cloud_lambdas.shared.alert import Alert
from cloud_lambdas.shared.words import shown

MISSING = "missing"
"""The category of people who are searched for."""

NOBODY = "none"
"""In place of a category, where nobody who is known was seen."""

_PERSON = "person"
"""The category of people who were given none, as everywhere."""

_LONGEST = 128


def category_of(alert: Alert) -> str:
    """The person's category; ``none`` of a stranger and of somebody who was deleted."""
    if alert.person is None or alert.person.standing == "deleted":
        return NOBODY
    category = shown(alert.person.category or "", _LONGEST) or _PERSON
    return MISSING if category.casefold() == MISSING else category


def attributes_of(alert: Alert) -> Mapping[str, str]:
    """What SNS is told beside the text: always all four, none of them empty.

    Filters tell capital letters from small ones, and people write categories as they like: these are small.
    """
    return {
        "category": category_of(alert).casefold(),
        "kind": alert.kind,
        "device": shown(alert.thing, _LONGEST) or NOBODY,
        "camera": shown(alert.camera, _LONGEST) or NOBODY,
    }
