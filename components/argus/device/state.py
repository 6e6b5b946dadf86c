"""Where a device keeps what it remembers: records of visits, strangers. One folder, one SQLite file a purpose."""

from __future__ import annotations

import os
from pathlib import Path

from argus.core.errors import ArgusError

STATE_VARIABLE = "ARGUS_STATE"


class StateError(ArgusError):
    """The state folder, or a file in it, cannot be read or written."""


class StateDamaged(StateError):
    """A file in the state folder does not hold what it should."""


def state_directory(explicit: Path | None = None) -> Path:
    """The folder for what the device remembers: ``explicit``, else what ``ARGUS_STATE`` names, else the user's own.

    It is made when it is missing, readable to its owner alone: what lies in it shows people.

    Raises:
        StateError: it cannot be made or entered.
    """
    folder = state_path(explicit)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"{folder} cannot be made ({error.strerror}): name another folder with --state or in {STATE_VARIABLE}"
        ) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StateError(
            f"{folder} cannot be written by this user: name another folder with --state or in {STATE_VARIABLE}"
        )
    return folder


def state_path(explicit: Path | None = None) -> Path:
    """The same folder, whether it is there or not, for those who only read."""
    named = os.environ.get(STATE_VARIABLE)
    chosen = explicit or (Path(named) if named else Path("~/.local/state/argus"))
    try:
        return chosen.expanduser()
    except RuntimeError as error:
        raise StateError(f"this user has no home: name a folder with --state or in {STATE_VARIABLE}") from error
