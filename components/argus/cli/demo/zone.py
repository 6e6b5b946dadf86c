"""The time zone of whoever looks on, for the times in alerts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALTIME = Path("/etc/localtime")


def zone_name(environment: Mapping[str, str] = os.environ, localtime: Path = LOCALTIME) -> str:
    """Its name in the IANA database, as ``TZ`` or the machine says; UTC where neither does."""
    _, _, linked = str(localtime.resolve()).partition("/zoneinfo/")
    for name in (environment.get("TZ", "").removeprefix(":"), linked):
        try:
            return ZoneInfo(name).key
        except (KeyError, OSError, ValueError):  # there is none of that name, or it is no name
            continue
    return "UTC"
