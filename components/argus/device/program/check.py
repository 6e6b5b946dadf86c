"""``--check``: whether the program could run here, without a camera, a network or a nucleus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from argus.core.errors import ArgusError
from argus.device.installed import check_installation
from argus.device.outbox.store import Outbox
from argus.device.program.configuration import read_file
from argus.device.program.options import Options
from argus.device.settings.model import Settings
from argus.device.settings.reading import read_settings
from argus.device.settings.refusing import SettingsRefused
from argus.device.state import state_directory
from argus.vision.model_store import ModelStore


def check(options: Options) -> int:
    """Prints one line a finding; exit code 0 when all is well, else 1."""
    faults = 0
    for title, look in _looks(options):
        try:
            lines = [(True, line) for line in look()]
        except SettingsRefused as refused:
            lines = [(False, error) for error in refused.errors]
        except ArgusError as error:
            lines = [(False, str(error))]
        for well, line in lines:
            faults += not well
            _say(title, well, line, as_json=options.json)
    if not options.json:
        print("ok" if not faults else f"{faults} thing{'' if faults == 1 else 's'} to mend")
    return 1 if faults else 0


def _say(title: str, well: bool, line: str, *, as_json: bool) -> None:
    state = "ok" if well else "fault"
    if as_json:
        print(json.dumps({"topic": title, "state": state, "what": line}))
    else:
        print(f"{title:<14} {state}: {line}")


def _looks(options: Options) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    yield "installation", lambda: [check_installation(ModelStore())]
    yield "state", lambda: [_state(options.state)]
    config = options.config
    if config is not None:
        yield "configuration", lambda: [_configuration(config)]


def _state(explicit: Path | None) -> str:
    folder = state_directory(explicit)
    with Outbox(folder, Settings) as outbox:
        return f"{folder}, with events up to number {outbox.next_sequence() - 1}"


def _configuration(path: Path) -> str:
    settings = read_settings(read_file(path))
    return f"{path}: {_count(settings.cameras, 'camera')}, {_count(settings.collections, 'collection')}"


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
