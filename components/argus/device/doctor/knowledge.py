"""Models, calibration, and a collection: what decisions rest on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from argus.core.calibration import people_within_reach
from argus.core.errors import ArgusError
from argus.core.finding import Finding, fault, ok, refused
from argus.core.trust import TrustPolicy
from argus.device.doctor.places import check_disk
from argus.storage.open_store import is_folder, open_collection
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import CALIBRATION, CROWDING, DETECTOR, EMBEDDING, LANDMARKS, RESIZE, ModelStore

_MODELS = (EMBEDDING, DETECTOR, RESIZE, LANDMARKS)


def check_models(store: ModelStore) -> Iterator[Finding]:
    """Reads every model that recognition needs and compares size and sha256 with the manifest's."""
    whole = 0
    for name in (*_MODELS, CALIBRATION, CROWDING):
        try:
            store.read(name)
            whole += 1
        except ArgusError as error:
            yield refused("models", error)
    if whole == len(_MODELS) + 2:
        yield ok("models", f"{whole} files in {store.directory}, hashes right")


def check_calibration(store: ModelStore) -> Finding:
    """Loads the tables that thresholds come from."""
    try:
        load_calibration(store)
    except ArgusError as error:
        return refused("calibration", error)
    return ok("calibration", f"reaches {people_within_reach(0.01):,} people at 1 % false alarms")


def check_collection(place: str, trust: TrustPolicy | None = None) -> Iterator[Finding]:
    """Reads all of a collection; where it is in a folder, asks whether that could be written and has room."""
    if is_folder(place):
        yield check_disk(Path(place))
    try:
        snapshot = open_collection(place, lambda: datetime.now(timezone.utc), trust=trust).load()
    except ArgusError as error:
        yield refused("collection", error)
        return
    people = snapshot.collection.people
    faces = sum(len(one.faces) for one in people)
    yield ok("collection", f"{len(people)} enrolled, {faces} photos in all, version {snapshot.version[:12]}")
    if is_folder(place):
        yield from _check_rights(Path(place))


def _check_rights(folder: Path) -> Iterator[Finding]:
    locked = [path for path in (folder, *folder.rglob("*")) if path.is_dir() and not os.access(path, os.W_OK)]
    if locked:
        yield fault(
            "collection",
            f"{locked[0]} cannot be written by this user",
            f"give it to them (`sudo chown -R $USER {folder}`), or enrol as its owner",
        )
