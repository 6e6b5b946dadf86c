"""Waits until the devices have followed an erasure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from argus.cli.output import print_note
from argus.core.receipt import Device

if TYPE_CHECKING:
    from argus.core.head import Statement
    from argus.core.ports import BlobStore

EACH_SECONDS = 2.0


def devices_of(store: BlobStore, statements: Sequence[Statement]) -> Sequence[Device]:
    """How far each device is that ever confirmed a version of these."""
    from argus.core.receipt import device_states
    from argus.device.adapters.clock import SystemClock
    from argus.storage.confirmations import read_confirmations
    from argus.storage.followers import SEEN
    from argus.storage.heads import followed_heads

    ids = {one.collection_id for one in statements}
    confirmations = {thing: said for id_ in ids for thing, said in read_confirmations(store, id_).items()}
    # Read last: whoever confirms a higher number than there is has one of before a restored backup.
    newest = tuple(one.head.statement for one in followed_heads(store))
    return device_states(confirmations, newest, SystemClock().now(), SEEN)


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
