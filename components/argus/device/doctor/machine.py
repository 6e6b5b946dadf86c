"""Memory, the clock, and programs that are good to have."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Mapping
from datetime import datetime

from argus.core.finding import Finding, fault, note, ok

NEEDED_BYTES = 400 << 20
"""Models, OpenCV and the runtime take some 340 MB."""

OPTIONAL_PROGRAMS = {
    "chromium": "tests of pages",
    "mosquitto": "tests with a real MQTT broker",
    "gst-launch-1.0": "streams that only GStreamer reads",
}
"""Program -> what needs it."""

_YEARS = range(2025, 2100)
_UNSYNCHRONISED = 5
"""``TIME_ERROR`` of adjtimex(2)."""


def check_memory(free_bytes: int) -> Finding:
    """Whether a watch fits into what is free."""
    what = f"{free_bytes / 1e9:.1f} GB free"
    if free_bytes < NEEDED_BYTES:
        return fault("memory", what, "end other programs, or use a machine with 1 GB or more")
    return ok("memory", what)


def check_clock(now: datetime, synchronised: bool | None) -> Finding:
    """Whether events will have the right time.

    Args:
        now: aware UTC, as this machine has it.
        synchronised: whether the kernel's clock follows a time server; None when it does not say.
    """
    what = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now.year not in _YEARS:
        return fault("clock", f"{what} cannot be", "run `sudo timedatectl set-ntp true`, or set it: `sudo date -s ...`")
    if synchronised is None:
        return note("clock", f"{what}; whether a time server is followed is not known")
    if not synchronised:
        return note("clock", f"{what}, but no time server is followed", "run `sudo timedatectl set-ntp true`")
    return ok("clock", f"{what}, following a time server")


def clock_is_synchronised() -> bool | None:
    """What the kernel says; None where it cannot be asked."""
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    # struct timex, of which the first word says what to change: nothing. It has 208 bytes; the rest is room.
    state = adjtimex(ctypes.create_string_buffer(512))
    return None if state < 0 else state != _UNSYNCHRONISED


def check_programs(found: Mapping[str, str | None]) -> Finding:
    """Programs that some things use and recognition does not need: name -> where it is."""
    present = [name for name, path in found.items() if path]
    absent = [f"{name} (for {OPTIONAL_PROGRAMS[name]})" for name, path in found.items() if not path]
    if not absent:
        return ok("programs", ", ".join(present))
    there = f"{', '.join(present)}; " if present else ""
    return note("programs", f"{there}not there, and not needed to recognise people: {', '.join(absent)}")


def find_programs() -> dict[str, str | None]:
    return {name: shutil.which(name) for name in OPTIONAL_PROGRAMS}
