"""The last good configuration, on the disk: a device that starts again with a refused one goes on with that."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

from argus.core.canonical import to_canonical_json
from argus.device.settings.model import Settings
from argus.device.settings.reading import read_settings
from argus.device.settings.refusing import SettingsRefused
from argus.device.state import StateError
from argus.storage.folder import write_whole

_FILE = "configuration.json"

_log = logging.getLogger(__name__)


def keep(settings: Settings, state: Path) -> None:
    """Writes the settings into the state folder, whole or not at all, for its owner alone: they hold passwords.

    Raises:
        StateError: they cannot be written.
    """
    path = state / _FILE
    try:
        write_whole(path, to_canonical_json(asdict(settings)))
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror}): make room, or mend its rights") from error


def kept(state: Path) -> Settings | None:
    """What :func:`keep` wrote last; None when there is none, or (with a warning) when it cannot be read any more."""
    path = state / _FILE
    try:
        return read_settings(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, SettingsRefused) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        _log.warning("The configuration kept in %s is not used, because it cannot be read: %s", path, reason)
        return None


def effective(deployed: object, kept: Settings | None) -> tuple[Settings, SettingsRefused | None]:
    """What is in force after ``deployed`` arrived, and why it is not that, if it is not.

    With a refused configuration what was ``kept`` goes on; without any the defaults do: no camera, no collection.
    """
    try:
        return read_settings(deployed), None
    except SettingsRefused as refused:
        return kept or Settings(), refused
