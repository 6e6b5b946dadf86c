"""Waits until the devices have followed an erasure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from argus.cli.output import print_note
from argus.core.receipt import Device

EACH_SECONDS = 2.0


def wait_for_devices(look: Callable[[], Sequence[Device]], seconds: float) -> Sequence[Device]:
    """Looks until no device is behind that was seen lately, the time is over, or Ctrl-C; how far they are then.

    What changes is told on stderr.
    """
    end = time.monotonic() + seconds
    told: str | None = None
    devices = look()
    try:
        while True:
            text = _progress(devices)
            if text != told:
                print_note(f"argus: {text}")
                told = text
            left = end - time.monotonic()
            if left <= 0 or not behind(devices):
                return devices
            time.sleep(min(EACH_SECONDS, left))
            devices = look()
    except KeyboardInterrupt:
        print_note("argus: not waiting any longer")
        return devices


def behind(devices: Sequence[Device]) -> list[Device]:
    """Those that were seen lately and have not confirmed; what cannot be read confirms nothing."""
    return [one for one in devices if one.state in ("not yet", "unreadable")]


def _progress(devices: Sequence[Device]) -> str:
    confirmed = sum(one.state == "confirmed" for one in devices)
    missing = behind(devices)
    if not devices:
        return "no device has ever confirmed a version here"
    names = f"; waiting for {', '.join(one.thing for one in missing)}" if missing else ""
    return f"{confirmed} of {confirmed + len(missing)} devices have confirmed{names}"
