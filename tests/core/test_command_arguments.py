"""What may be said with a command, before it is sent and when it arrives."""

from __future__ import annotations

import pytest

from argus.core.command_arguments import ARGUMENTS, check_arguments, level_of, minutes_of, preview_of
from argus.core.commands import COMMANDS, CommandRefused


def test_every_command_is_described() -> None:
    assert tuple(ARGUMENTS) == COMMANDS


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sync", {}),
        ("snapshot", {"camera": "front-door"}),
        ("log-level", {"level": "debug"}),
        ("log-level", {"level": "error", "minutes": "0.5"}),
        ("preview", {}),
        ("preview", {"minutes": "1440"}),
        ("preview", {"off": "true"}),
    ],
)
def test_what_may_be_said(name: str, arguments: dict[str, str]) -> None:
    check_arguments(name, arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("reboot", {}, "there is no command reboot: say one of sync, snapshot, log-level, preview"),
        ("sync", {"now": "yes"}, "sync does not know now: it takes no arguments"),
        ("snapshot", {}, "say which camera"),
        ("snapshot", {"camera": "../roof"}, "a camera id has 1 to 64"),
        ("snapshot", {"camera": "door", "size": "1", "colour": "2"}, "does not know colour, size: it takes camera"),
        ("log-level", {}, "say which level: debug, info, warning, error"),
        ("log-level", {"level": "DEBUG"}, "say which level"),
        ("log-level", {"level": "info", "minutes": "0"}, "above 0 and at most 1440"),
        ("log-level", {"level": "info", "minutes": "nan"}, "above 0 and at most 1440"),
        ("preview", {"minutes": "soon"}, "above 0 and at most 1440"),
        ("preview", {"off": "yes"}, "say off: true"),
        ("preview", {"off": "true", "minutes": "5"}, "say off: true"),
    ],
)
def test_what_may_not(name: str, arguments: dict[str, str], reason: str) -> None:
    with pytest.raises(CommandRefused, match=reason):
        check_arguments(name, arguments)


def test_what_is_meant() -> None:
    assert level_of({"level": "warning"}) == "warning"
    assert (minutes_of({}), minutes_of({"minutes": "1.5"})) == (None, 1.5)
    assert (preview_of({}), preview_of({"minutes": "3"}), preview_of({"off": "true"})) == (10.0, 3.0, None)
