"""``argus people erase``: somebody leaves a collection, its earlier versions, photos and records, with a receipt."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keys import signers
from argus.cli.opening import believed, opened, opened_store
from argus.cli.output import ExitCode, hide_line, print_error, print_json, print_note, print_text, printable
from argus.cli.parsers import add_state_option, number

if TYPE_CHECKING:
    from argus.core.collection import Collection
    from argus.core.ports import BlobStore
    from argus.core.receipt import Device, Receipt
    from argus.device.outbox.store import Erased as Waiting
    from argus.storage.erasing import Erased, Left

_seconds = number(float, lambda seconds: 0 <= seconds <= 30 * 86400, "seconds are expected")


def add_erase_options(parser: argparse.ArgumentParser) -> None:
    """What ``argus people erase`` understands."""
    parser.add_argument("person", metavar="PERSON", help="an id or a name; the id of somebody who has left already")
    parser.add_argument(
        "--photos", metavar="PLACE",
        help="erase the photos too: those in the subfolder of the person's id or name in this folder or s3://bucket/prefix",
    )  # fmt: skip
    parser.add_argument(
        "--wait", type=_seconds, metavar="SECONDS",
        help="wait so long for the devices that follow the collection to confirm that they have followed",
    )  # fmt: skip
    add_state_option(parser)
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt, as JSON, to this new file")
    parser.add_argument("--yes", action="store_true", help="do not ask")


@dataclass(frozen=True)
class _Found:
    """Whom a word means."""

    person_id: str
    description: str


def erase(arguments: argparse.Namespace) -> int:
    from argus.cli.erase_waiting import behind, wait_for_devices
    from argus.core.errors import UsageError

    if arguments.receipt is not None and arguments.receipt.exists():
        raise UsageError(f"{arguments.receipt} is there already: choose another name for the receipt")
    if arguments.receipt is not None and not os.access(arguments.receipt.parent, os.W_OK):
        raise UsageError(f"nothing can be written to {arguments.receipt.parent}: choose another place for the receipt")
    whom = _whom(arguments)
    if not arguments.yes and not _agreed(f"Erase {whom.description}? This cannot be undone. [y/N] "):
        print_note("argus: nothing was erased")
        return ExitCode.REFUSED
    store = opened_store(arguments.collection)
    receipt, left = _erased(arguments, store, whom.person_id)
    _write(arguments.receipt, receipt)
    if arguments.wait is not None and any(one.minimum_sequence for one in receipt.statements):
        devices = wait_for_devices(lambda: _devices(store, receipt), arguments.wait)
        receipt = _with_devices(receipt, devices, left, arguments.photos)
        _write(arguments.receipt, receipt)
    _tell(receipt, as_json=arguments.json)
    if not receipt.verified:
        print_error("something of the person is left: see what remains")
    waited_for = behind(receipt.devices) if arguments.wait is not None else []
    if waited_for:
        print_error(f"not confirmed by {', '.join(one.thing for one in waited_for)}")
    return ExitCode.DONE if receipt.verified and not waited_for else ExitCode.REFUSED


def _whom(arguments: argparse.Namespace) -> _Found:
    """Somebody who is enrolled, by id or name; or else an id, for what is left of whoever has left already."""
    from argus.cli.meant import find_enrolled
    from argus.core.errors import ModelError, UsageError
    from argus.core.types import Person

    text: str = arguments.person
    try:
        collection: Collection | None = opened(arguments, changes=True).load().collection
    except ModelError:
        collection = None  # of another model: whom it holds is found by the id
    otherwise = "`argus people list` shows everybody; what is left of whoever has left is erased by the id"
    try:
        enrolled = None if collection is None else find_enrolled(collection, text, otherwise)
    except UsageError as error:
        enrolled = None
        if collection is None or any(
            one.person.name.casefold() == text.strip().casefold() for one in collection.people
        ):
            raise
        print_note(f"argus: {error}; what is left of the id {text!r} is looked for")
    if enrolled is not None:
        count = len(enrolled.faces)
        faces = f"{count} enrolled face{'' if count == 1 else 's'}"
        return _Found(enrolled.person.id, f"{enrolled.person.name} ({enrolled.person.id}) with {faces}")
    try:
        return _Found(Person(text, text).id, f"what is left of {text}")
    except ValueError as error:
        raise UsageError(f"nobody can have the id {text!r}: {error}") from error


def _erased(arguments: argparse.Namespace, store: BlobStore, person_id: str) -> tuple[Receipt, tuple[Left, ...]]:
    """Erases, and the receipt of it without the devices."""
    from argus.core.receipt import Receipt
    from argus.device.adapters.clock import SystemClock
    from argus.enrolment.naming import person_id as id_of_name
    from argus.storage.erasing import erase_person, erase_photos
    from argus.storage.open_versions import open_versions

    now, progress = SystemClock().now, _Shown()
    versions = open_versions(arguments.collection)
    settings = {versions.place: versions.settings()}
    pictures = None
    if arguments.photos is not None:
        pictures = open_versions(arguments.photos)
        pictures.folders()  # what cannot be looked into is said before anything is erased
        settings[pictures.place] = pictures.settings()
    # First, since it needs no rights in the place: a device may have none but its owner's.
    records = _erase_records(arguments, store, person_id)
    waiting = _erase_waiting(arguments, store, person_id)
    # Before the collection: whoever enrols from the photos meanwhile would bring the person back.
    photos, photo_versions = 0, 0
    photos_left: tuple[Left, ...] = ()
    if pictures is not None:
        photos, photo_versions, photos_left = erase_photos(
            pictures, lambda name: name == person_id or id_of_name(name) == person_id, progress
        )
    found: Erased = erase_person(
        store,
        versions,
        person_id,
        now,
        signers=signers(arguments),
        trust=believed(arguments),
        progress=progress,
    )
    hide_line()
    removed = {
        "faces": found.faces,
        "buckets": found.buckets,
        "manifests": found.manifests,
        "object_versions": found.versions + photo_versions,
        "photos": photos,
        "lists_of_refused_photos": _forget_refusals(arguments.collection),
        "visit_records": records,
        "waiting_events": waiting.events,
        "waiting_snapshots": waiting.snapshots,
    }
    left = (*found.left, *photos_left)
    receipt = Receipt(
        person_id,
        now(),
        versions.place,
        found.statements,
        found.issued,
        removed,
        verified=not left,
        settings=settings,
    )
    return _with_devices(receipt, _devices(store, receipt), left, arguments.photos), left


def _erase_records(arguments: argparse.Namespace, store: BlobStore, person_id: str) -> int:
    """How many visits' records are erased; a device that follows the collection names them by its copy."""
    from argus.device.records.folder import erase_person_records
    from argus.device.state import state_path
    from argus.device.sync.compose import copied_collection
    from argus.storage.heads import stored_heads
    from argus.storage.open_store import absolute_place

    place = absolute_place(arguments.collection)
    ids = {one.head.statement.collection_id for one in stored_heads(store)}
    return erase_person_records(
        state_path(arguments.state), person_id, lambda kept: kept == place or copied_collection(kept) in ids
    )


def _erase_waiting(arguments: argparse.Namespace, store: BlobStore, person_id: str) -> Waiting:
    """What this machine, if it is a device, has not told the cloud yet."""
    from argus.device.outbox.erasing import erase_person_waiting
    from argus.device.state import state_path
    from argus.storage.heads import stored_heads

    ids = {one.head.statement.collection_id for one in stored_heads(store)}
    return erase_person_waiting(state_path(arguments.state), person_id, ids)


def _forget_refusals(place: str) -> int:
    """Its sentences may name anybody; it is a cache, and is made anew."""
    from argus.enrolment.compose import LEDGER_NAME
    from argus.storage.open_store import is_folder

    path = Path(place, LEDGER_NAME)
    if not is_folder(place) or not path.exists():
        return 0
    path.unlink()
    return 1


def _devices(store: BlobStore, receipt: Receipt) -> Sequence[Device]:
    from argus.core.receipt import device_states
    from argus.device.adapters.clock import SystemClock
    from argus.storage.confirmations import read_confirmations
    from argus.storage.followers import SEEN
    from argus.storage.heads import followed_heads

    ids = {one.collection_id for one in receipt.statements}
    confirmations = {thing: said for id_ in ids for thing, said in read_confirmations(store, id_).items()}
    # Read last: whoever confirms a higher number than there is has one of before a restored backup.
    statements = tuple(one.head.statement for one in followed_heads(store))
    return device_states(confirmations, statements, SystemClock().now(), SEEN)


def _with_devices(receipt: Receipt, devices: Sequence[Device], left: Sequence[Left], photos: str | None) -> Receipt:
    from argus.cli.erase_remains import remains_of

    remains = remains_of(left, devices, receipt.settings, photos=photos)
    return replace(receipt, devices=tuple(devices), remains=remains)


def _write(path: Path | None, receipt: Receipt) -> None:
    from argus.core.receipt import receipt_record
    from argus.storage.folder import write_whole

    if path is not None:
        write_whole(path, (json.dumps(receipt_record(receipt), indent=2, ensure_ascii=False) + "\n").encode())


def _tell(receipt: Receipt, *, as_json: bool) -> None:
    from argus.core.receipt import receipt_record

    if as_json:
        print_json(receipt_record(receipt))
        return
    for line in _lines(receipt):
        print_text(line)


def _lines(receipt: Receipt) -> Iterator[str]:
    from argus.core.canonical import time_text

    if not any(receipt.removed.values()):
        yield f"nothing of {receipt.person_id} was found: check the id"
    else:
        yield f"{receipt.person_id} is erased, {time_text(receipt.erased_at)}"
    for one in receipt.statements if receipt.issued else ():
        yield f"  {one.collection_id}: version {one.manifest_sha256[:12]}, number {one.sequence}"
    yield f"  removed: {_counts(receipt.removed)}"
    yield f"  verified: {'nothing of them was found again' if receipt.verified else 'no, something is left'}"
    for device in receipt.devices:
        seen = "" if device.seen_at is None else f", number {device.sequence} at {time_text(device.seen_at)}"
        yield f"  device {device.thing}: {device.state}{seen}"
    yield "what remains, and when it ends:"
    for remainder in receipt.remains:
        yield f"  {remainder.what}: {remainder.ends}"


def _counts(removed: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in removed.items())


class _Shown:
    """Shows how far the work is; each kind of it from the start."""

    def __init__(self) -> None:
        from argus.cli.progress import Progress

        self._make = Progress
        self._shown: dict[str, Progress] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self._shown:
            self._shown[what] = self._make(what)
        self._shown[what](done, total)


def _agreed(question: str) -> bool:
    from argus.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask whether to erase: say --yes")
    print(printable(question), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
