"""The time zone of the people who are told."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from argus.core.errors import UsageError


def time_zone(name: str) -> ZoneInfo:
    """The zone of that name in the IANA database; raises UsageError where it has none."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise UsageError(
            f"there is no time zone {name!r}: set TimeZone to one of the IANA database, such as Europe/Lisbon"
        ) from error
