"""The configuration in force, and how another one comes to be.

A configuration is read as a whole when somebody says that it may have changed. One that is refused changes nothing: it
is logged with all that is wrong, reported in the status, and what was in force before goes on, after a restart too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from argus.core.errors import ArgusError
from argus.core.status import ConfigurationState
from argus.device.settings.changes import configuration_version
from argus.device.settings.keeping import effective, keep, kept
from argus.device.settings.model import Settings
from argus.device.settings.refusing import SettingsRefused
from argus.device.state import StateError

_log = logging.getLogger(__name__)

_SHOWN = 3
"""Errors that a status has room for; the log has them all."""


class Configuration:
    """What is in force; :attr:`settings` and :meth:`state` are for any thread.

    Args:
        folder: the state folder, where the last good configuration is kept.
        read: brings the configured document; raises SettingsRefused when it is none, or another ArgusError when it
            cannot be had now.
    """

    def __init__(self, folder: Path, read: Callable[[], object]) -> None:
        self._folder = folder
        self._read = read
        before = kept(folder)
        self._kept = before
        self._refused: str | None = None
        self.settings = before or Settings()
        self.known = before is not None
        """Whether somebody wants the settings; else they are the defaults, for want of any that can be used."""

    def look(self) -> Settings | None:
        """Reads the document; returns what is to be in force now, when that is something else.

        It is in force once it was given to :meth:`accept`.

        Raises:
            ArgusError: it cannot be read at this time; try again.
        """
        try:
            document = self._read()
        except SettingsRefused as refused:
            self._refuse(refused)
            return None
        settings, refusal = effective(document, self.settings)
        if refusal is not None:
            self._refuse(refusal)
            return None
        self.known = True
        if self._refused is not None:
            _log.info("the configuration is accepted again")
        self._refused = None
        return settings if settings != self.settings else None

    def accept(self, settings: Settings) -> None:
        """They are in force now, and are what a restart begins with."""
        self.settings = settings
        if settings == self._kept:
            return
        try:
            keep(settings, self._folder)
            self._kept = settings
        except StateError as error:
            _log.warning("the configuration would not outlast a restart that finds a wrong one: %s", error)

    def refuse(self, error: ArgusError) -> None:
        """What :meth:`look` returned cannot be used."""
        self._refuse(SettingsRefused([str(error)]))

    def state(self) -> ConfigurationState:
        """For the heartbeat."""
        return ConfigurationState(configuration_version(self.settings), self._refused)

    def _refuse(self, refused: SettingsRefused) -> None:
        shown, more = refused.errors[:_SHOWN], len(refused.errors) - _SHOWN
        sentence = "; ".join(shown) + (f"; and {more} more" if more > 0 else "")
        if sentence != self._refused:
            what = "what was in force before goes on" if self._kept else "there is none to go on with; waiting for one"
            _log.error("the configuration is refused, and %s:", what)
            for error in refused.errors:
                _log.error("configuration: %s", error)
        self._refused = sentence


def read_file(path: Path) -> Any:
    """The document in a file of JSON.

    Raises:
        SettingsRefused: there is none.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise SettingsRefused([f"{path} cannot be read ({error.strerror}): check the path and its rights"]) from error
    except (ValueError, RecursionError) as error:
        reason = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "not UTF-8"
        raise SettingsRefused([f"{path} is not JSON ({reason})"]) from error
