"""Remembering strangers while a source is watched, as ``--remember-strangers`` says."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from argus.cli.output import print_error, print_note
from argus.core.calibration import Calibration
from argus.device.adapters.clock import SystemClock
from argus.device.compose import random_id
from argus.device.state import StateError, state_directory, state_path
from argus.device.strangers_store import StrangerExpiry, StrangerStore, erase_expired_strangers, erase_strangers
from argus.device.watching import Watcher


@contextmanager
def remembering_strangers(watcher: Watcher, arguments: argparse.Namespace, calibration: Calibration) -> Iterator[None]:
    """Gives ``watcher`` the device's memory of strangers (on), erases that (off), or lets its rest expire (None).

    A memory that cannot be used is said to be so, and the watch goes on.

    Raises:
        StateError: it should be erased and cannot be.
    """
    if arguments.remember_strangers == "off":
        erased = erase_strangers(state_path(arguments.state))
        if erased:
            print_note(f"argus: all remembered strangers were erased ({erased}), and none are remembered")
    store = _opened(arguments, calibration)
    if store is None:
        yield
        return
    print_note(f"argus: strangers are remembered for {arguments.stranger_days:g} days in {store.path}")
    watcher.writer.strangers = store
    watcher.channel.observers.append(StrangerExpiry(store, SystemClock().monotonic_seconds))
    try:
        yield
    finally:
        store.close()


def _opened(arguments: argparse.Namespace, calibration: Calibration) -> StrangerStore | None:
    clock = SystemClock()
    try:
        if arguments.remember_strangers == "on":
            keep = timedelta(days=arguments.stranger_days)
            return StrangerStore(state_directory(arguments.state), calibration, random_id, clock.now, keep)
        erase_expired_strangers(state_path(arguments.state), clock.now())
    except StateError as error:
        print_error(f"strangers are not remembered: {error}")
    return None
