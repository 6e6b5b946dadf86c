"""``argus people erase``: somebody leaves a collection, its earlier versions, photos and records, with a receipt."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keys import signers
from argus.cli.opening import believed, opened, opened_store
from argus.cli.output import ExitCode, hide_line, print_error, print_note
from argus.cli.parsers import add_state_option, number
from argus.cli.receipts import Shown, agreed, check_receipt_place, tell_receipt, write_receipt

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
    from argus.cli.erase_waiting import behind, devices_of, wait_for_devices

    check_receipt_place(arguments.receipt)
    whom = _whom(arguments)
    if not arguments.yes and not agreed(f"Erase {whom.description}? This cannot be undone. [y/N] "):
        print_note("argus: nothing was erased")
        return ExitCode.REFUSED
    store = opened_store(arguments.collection)
    receipt, left = _erased(arguments, store, whom.person_id)
    write_receipt(arguments.receipt, receipt)
    if arguments.wait is not None and any(one.minimum_sequence for one in receipt.statements):
        devices = wait_for_devices(lambda: devices_of(store, receipt.statements), arguments.wait)
        receipt = _with_devices(receipt, devices, left, arguments.photos)
        write_receipt(arguments.receipt, receipt)
    tell_receipt(receipt, as_json=arguments.json)
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
    from argus.cli.erase_waiting import devices_of
    from argus.core.receipt import Receipt
    from argus.device.adapters.clock import SystemClock
    from argus.enrolment.naming import person_id as id_of_name
    from argus.storage.erasing import erase_person, erase_photos
    from argus.storage.open_versions import open_versions

    now, progress = SystemClock().now, Shown()
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
    return _with_devices(receipt, devices_of(store, receipt.statements), left, arguments.photos), left


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


def _with_devices(receipt: Receipt, devices: Sequence[Device], left: Sequence[Left], photos: str | None) -> Receipt:
    from argus.cli.erase_remains import remains_of

    remains = remains_of(left, devices, receipt.settings, photos=photos)
    return replace(receipt, devices=tuple(devices), remains=remains)
