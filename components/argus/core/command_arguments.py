"""What may be said with each command: looked at by whoever sends one, and by the device that gets it.

========== =======================================================
command    arguments
========== =======================================================
sync       none
snapshot   camera
log-level  level; minutes (else until the next change)
preview    minutes (PREVIEW_MINUTES), or ``off`` = ``true``
========== =======================================================

All functions raise CommandRefused, with a sentence for whoever sent the command.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, get_args

from argus.core.commands import COMMANDS, CommandRefused
from argus.core.topics import segment

Level = Literal["debug", "info", "warning", "error"]

PREVIEW_MINUTES = 10.0
_MOST_MINUTES = 24 * 60.0

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "sync": (),
    "snapshot": ("camera",),
    "log-level": ("level", "minutes"),
    "preview": ("minutes", "off"),
}
"""Those that each command knows."""

_LEVELS: dict[str, Level] = {level: level for level in get_args(Level)}


def check_arguments(name: str, arguments: Mapping[str, str]) -> None:
    """Looks at all that can be told without the device; whether it has such a camera it says itself."""
    if name not in COMMANDS:
        raise CommandRefused(f"there is no command {name}: say one of {', '.join(COMMANDS)}")
    check_known(name, arguments, ARGUMENTS[name])
    if name == "snapshot":
        if "camera" not in arguments:
            raise CommandRefused("say which camera")
        _check_camera(arguments["camera"])
    elif name == "log-level":
        level_of(arguments)
        minutes_of(arguments)
    elif name == "preview":
        preview_of(arguments)


def _check_camera(camera: str) -> None:
    try:
        segment(camera, "camera id")
    except ValueError as error:
        raise CommandRefused(str(error)) from error


def check_known(name: str, arguments: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Refuses arguments that a command does not know."""
    if strange := sorted(arguments.keys() - set(known)):
        takes = f"takes {', '.join(known)}" if known else "takes no arguments"
        raise CommandRefused(f"{name} does not know {', '.join(strange)}: it {takes}")


def level_of(arguments: Mapping[str, str]) -> Level:
    """The level that ``log-level`` asks for."""
    level = _LEVELS.get(arguments.get("level", ""))
    if level is None:
        raise CommandRefused(f"say which level: {', '.join(_LEVELS)}")
    return level


def minutes_of(arguments: Mapping[str, str]) -> float | None:
    """For how long; None where that is not said."""
    if "minutes" not in arguments:
        return None
    try:
        minutes = float(arguments["minutes"])
    except ValueError:
        minutes = math.nan
    if not 0 < minutes <= _MOST_MINUTES:
        raise CommandRefused(f"minutes is a number above 0 and at most {_MOST_MINUTES:g}")
    return minutes


def preview_of(arguments: Mapping[str, str]) -> float | None:
    """For how many minutes ``preview`` asks; None where it is to end."""
    if arguments.get("off") == "true" and "minutes" not in arguments:
        return None
    if "off" in arguments:
        raise CommandRefused("say off: true, or for how many minutes the preview is wanted")
    minutes = minutes_of(arguments)
    return PREVIEW_MINUTES if minutes is None else minutes
