"""Everything the doctor looks at, in the order of what needs what."""

from __future__ import annotations

import getpass
import os
import platform
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from argus.core.errors import ArgusError
from argus.core.finding import Finding, State, note, refused
from argus.device.doctor.machine import (
    check_clock,
    check_memory,
    check_programs,
    clock_is_synchronised,
    find_programs,
)
from argus.device.doctor.places import check_disk, check_state
from argus.device.doctor.processor import check_processor, flags, measure_embedding_ms
from argus.device.doctor.software import check_packages, check_python
from argus.device.memory import free_bytes

if TYPE_CHECKING:
    from argus.core.trust import TrustPolicy


def examine(
    state: Path, collection: str | None = None, source: str | None = None, *, trust: TrustPolicy | None = None
) -> Iterator[Finding]:
    """Looks the machine over.

    Args:
        state: the folder for records and strangers.
        collection: the place of a collection to read, if any.
        source: a camera, video or folder to open, if any.
        trust: what is asked of the collection.
    """
    bits = 64 if sys.maxsize > 2**32 else 32
    yield check_python(sys.version_info[:2], sys.implementation.name, bits, platform.libc_ver()[0])
    packages = list(check_packages())
    yield from packages
    if any(found.state is State.FAULT for found in packages):
        yield note("models", "not looked at, nor cameras and collections: they need the packages")
    else:
        yield from _examine_recognition(collection, source, trust)
    yield check_memory(free_bytes())
    yield check_state(state)
    yield check_disk(state)
    yield check_clock(datetime.now(timezone.utc), clock_is_synchronised())
    yield check_programs(find_programs())


def _examine_recognition(collection: str | None, source: str | None, trust: TrustPolicy | None) -> Iterator[Finding]:
    from argus.device.doctor.cameras import check_devices, check_source, find_devices  # noqa: PLC0415 - need the packages
    from argus.device.doctor.knowledge import check_calibration, check_collection, check_models  # noqa: PLC0415
    from argus.vision.model_store import ModelStore  # noqa: PLC0415

    store = ModelStore()
    models = list(check_models(store))
    yield from models
    if all(found.state is State.OK for found in models):
        yield check_calibration(store)
        yield _examine_processor()
    if collection is not None:
        yield from check_collection(collection, trust)
    yield from check_devices(find_devices(), _user())
    if source is not None:
        yield from check_source(source)


def _examine_processor() -> Finding:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.exists() else ""
    try:
        milliseconds = measure_embedding_ms()
    except ArgusError as error:
        return refused("processor", error)
    return check_processor(platform.machine(), flags(text), len(os.sched_getaffinity(0)), milliseconds)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
