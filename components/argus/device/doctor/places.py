"""Folders: who may write them, and how much room they have."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from argus.core.finding import Finding, fault, note, ok

LEAST_BYTES = 100 << 20
LITTLE_BYTES = 1 << 30


def standing(folder: Path) -> Path:
    """``folder``, or the nearest one above it that can be seen to exist."""
    folder = folder.absolute()
    # Not Path.exists, which fails where a folder on the way may not be entered.
    while not os.path.exists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def check_state(folder: Path) -> Finding:
    """The folder for records and strangers, which the first watch makes."""
    found = standing(folder)
    if not found.is_dir():
        return fault("state", f"{found} is in the way of {folder}", "move it, or name another with ARGUS_STATE")
    if not os.access(found, os.W_OK | os.X_OK):
        return fault(
            "state",
            f"{found} cannot be written by this user",
            f"give it to them (`sudo chown -R $USER {found}`), or name another folder with ARGUS_STATE",
        )
    if found != folder.absolute():
        return ok("state", f"{folder} will be made by the first watch")
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return fault("state", f"others can look into {folder}, which shows people", f"run `chmod 700 {folder}`")
    return ok("state", f"{folder}, for this user alone")


def check_disk(folder: Path) -> Finding:
    """The disk below ``folder``."""
    return judge_disk(folder, shutil.disk_usage(standing(folder)).free)


def judge_disk(folder: Path, free_bytes: int) -> Finding:
    """Whether that much room is enough."""
    what = f"{free_bytes / 1e9:.1f} GB free at {folder}"
    if free_bytes < LEAST_BYTES:
        return fault("disk", what, "make room: records and collections cannot be written soon")
    if free_bytes < LITTLE_BYTES:
        return note("disk", what, "little: see what can go (`du -xh / | sort -h | tail`)")
    return ok("disk", what)
