"""``argus collection upgrade``: the same people with vectors of another model, side by side until devices follow."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keys import add_key_options, signers
from argus.cli.output import ExitCode, print_error, print_json, print_note, print_text, who
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option, number

if TYPE_CHECKING:
    from argus.core.ports import BlobStore
    from argus.core.types import Person
    from argus.enrolment.reembedding import LeftOut, Reembedded
    from argus.storage.followers import Follower
    from argus.storage.upgrading import Upgrade

_POLL_SECONDS = 2.0


def add_parser(commands: Subparsers) -> None:
    parser = add_command(
        commands,
        "upgrade",
        summary="make it anew from the photos for another model, side by side with the old",
        description=(
            "Makes all faces anew with this program's model, from the photos that they were enrolled with, and puts\n"
            "them beside the old ones: programs and devices of that model use them, all others the old ones.\n"
            "Interrupted, it goes on where it was; run again, it carries over who was changed in the old meanwhile.\n"
            "--finish ends the old one when all devices have switched. Exit code 1 when a face could not be made, or\n"
            "when there is a device to wait for."
        ),
        examples="""
            argus collection upgrade --collection s3://bucket/staff --photos s3://bucket/photos
            argus collection upgrade --collection s3://bucket/staff --status
            argus collection upgrade --collection s3://bucket/staff --finish --wait 600
            argus collection upgrade --collection people --abandon
        """,
    )
    add_collection_option(parser)
    parser.add_argument("--photos", metavar="PLACE", help="where the photos are: a folder, or s3://bucket/prefix")
    parser.add_argument("--to", metavar="MODEL_ID", help="the new model, which must be this program's (default)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--status", action="store_true", help="say which versions there are, and what devices use")
    what.add_argument("--finish", action="store_true", help="end the old version; refused while devices use it")
    what.add_argument("--abandon", action="store_true", help="take the new version away again, before --finish")
    parser.add_argument(
        "--wait", type=number(float, lambda value: 0 <= value <= 604800, "seconds are expected"), default=0.0,
        metavar="SECONDS", help="wait so long for devices to switch",
    )  # fmt: skip
    parser.add_argument(
        "--force", action="store_true",
        help="take poor photos too, lose who has no face left; with --finish leave behind who has not switched, and "
        "lose what was changed in the old version since",
    )  # fmt: skip
    add_key_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from argus.cli.opening import believed, opened_store
    from argus.core.errors import UsageError
    from argus.core.types import MIRROR_MODEL_ID
    from argus.device.adapters.clock import SystemClock
    from argus.storage.upgrading import Upgrade

    if arguments.to not in (None, MIRROR_MODEL_ID):
        raise UsageError(
            f"this program makes vectors of {MIRROR_MODEL_ID!r} only: run the program whose model {arguments.to!r} is"
        )
    store = opened_store(arguments.collection)
    if arguments.status:
        return _status(store, arguments)
    upgrade = Upgrade(store, SystemClock().now, signers=signers(arguments), trust=believed(arguments))
    if arguments.finish:
        return _finish(store, upgrade, arguments)
    if arguments.abandon:
        return _abandon(upgrade, arguments)
    return _build(store, upgrade, arguments)


def _build(store: BlobStore, upgrade: Upgrade, arguments: argparse.Namespace) -> int:
    from argus.cli.progress import Progress
    from argus.cli.workers import workers
    from argus.core.errors import UsageError
    from argus.enrolment.compose import LEDGER_NAME, photo_analyser
    from argus.enrolment.ledger import RefusalLedger
    from argus.enrolment.photo_places import photos_at
    from argus.enrolment.reembedding import Reembedder
    from argus.storage.open_store import is_folder

    place: str = arguments.photos
    if place is None:
        raise UsageError("name the photos with --photos: vectors of another model can only be made from them")
    folder = Path(arguments.collection, LEDGER_NAME) if is_folder(arguments.collection) else None
    reembedder = Reembedder(
        upgrade,
        lambda: photos_at(place),
        photo_analyser,
        RefusalLedger(folder, upgrade.model_id),
        workers=workers(64),
        progress=Progress("photos looked at"),
    )
    found = reembedder.run(force=arguments.force)
    for person in found.removed:
        _erase(store, person, arguments)
    _tell(found, upgrade.model_id, as_json=arguments.json)
    if found.side is None:
        print_error(
            "nobody follows the new version yet, since these people would lose all their faces: add photos of them, "
            "remove them, or give --force"
        )
        return ExitCode.REFUSED
    if arguments.wait and _waited(store, upgrade.model_id, arguments.wait):
        return ExitCode.REFUSED
    return ExitCode.REFUSED if found.left_out else ExitCode.DONE


def _erase(store: BlobStore, person: Person, arguments: argparse.Namespace) -> None:
    """Whoever was deleted from the old version is to be in no version of the new one either."""
    from argus.cli.opening import believed
    from argus.device.adapters.clock import SystemClock
    from argus.storage.erasing import erase_person
    from argus.storage.open_versions import open_versions

    erase_person(
        store,
        open_versions(arguments.collection),
        person.id,
        SystemClock().now,
        signers=signers(arguments),
        trust=believed(arguments),
    )


def _tell(found: Reembedded, model_id: str, *, as_json: bool) -> None:
    side = found.side
    if as_json:
        print_json(
            {
                "model_id": model_id,
                "version": side.version if side else None,
                "sequence": side.head.statement.sequence if side else None,
                "people": side.manifest.people if side else None,
                "faces": side.manifest.faces if side else None,
                "made": found.made,
                "left_out": [
                    {"person": who(one.face.person), "face_id": one.face.face_id, "reason": _reason(one)}
                    for one in found.left_out
                ],
                "lost": [who(person) for person in found.lost],
                "removed": [who(person) for person in found.removed],
                "only_new": [who(person) for person in found.only_new],
            }
        )
        return
    for one in found.left_out:
        said = one.verdict.message if one.verdict else "the photo is not among those given"
        print_text(f"LEFT OUT  {one.face.person.name}  {one.face.face_id[:12]}: {said}")
    for person in found.lost:
        print_text(f"NO FACE   {person.name}: no photo of theirs could be used")
    for person in found.removed:
        print_text(f"REMOVED   {person.name}: as from the old version")
    for person in found.only_new:
        print_text(f"ONLY NEW  {person.name}: not in the old version; delete them if they left")
    if side is not None:
        print_text(
            f"{side.manifest.people} people, {side.manifest.faces} faces of model {model_id}: version "
            f"{side.version[:12]}, number {side.head.statement.sequence}; {found.made} made now"
        )


def _reason(one: LeftOut) -> str:
    return one.verdict.refusal.value if one.verdict and one.verdict.refusal else "photo_missing"


def _finish(store: BlobStore, upgrade: Upgrade, arguments: argparse.Namespace) -> int:
    behind = _waited(store, upgrade.model_id, arguments.wait)
    if behind and not arguments.force:
        print_error("these devices would be left without a collection: switch them, --wait for them, or give --force")
        return ExitCode.REFUSED
    statement = upgrade.finish(force=arguments.force)
    if arguments.json:
        things = [one.thing for one in behind]
        record = {"model_id": statement.model_id, "version": statement.manifest_sha256, "left_behind": things}
        print_json({**record, "sequence": statement.sequence})
    else:
        print_text(f"the collection is of model {statement.model_id} now, as number {statement.sequence}")
        print_text("`argus collection gc` clears the old version away when its grace is over")
    return ExitCode.DONE


def _abandon(upgrade: Upgrade, arguments: argparse.Namespace) -> int:
    was_there = upgrade.abandon()
    if arguments.json:
        print_json({"model_id": upgrade.model_id, "abandoned": was_there})
    else:
        print_text(f"there is no version of model {upgrade.model_id} {'any more' if was_there else 'here'}")
    return ExitCode.DONE


def _status(store: BlobStore, arguments: argparse.Namespace) -> int:
    from argus.core.canonical import time_text
    from argus.core.types import MIRROR_MODEL_ID
    from argus.storage.followers import left_behind
    from argus.storage.heads import followed_heads

    heads = followed_heads(store)
    devices = _devices(store)
    behind = left_behind(devices, MIRROR_MODEL_ID)
    for one in heads:
        said = one.head.statement
        if arguments.json:
            print_json(
                {
                    "head": one.key,
                    "model_id": said.model_id,
                    "version": said.manifest_sha256,
                    "sequence": said.sequence,
                }
            )
        else:
            print_text(f"{one.key}: model {said.model_id}, version {said.manifest_sha256[:12]}, number {said.sequence}")
    for device in devices:
        said_by = device.confirmation
        if arguments.json:
            print_json(
                {
                    "device": device.thing,
                    "model_id": said_by.model_id if said_by else None,
                    "version": said_by.version if said_by else None,
                    "sequence": said_by.sequence if said_by else None,
                    "confirmed_at": time_text(said_by.confirmed_at) if said_by else None,
                    "switched": device.uses(MIRROR_MODEL_ID),
                    "waited_for": device in behind,
                }
            )
        else:
            print_text(_device_line(device, switched=device.uses(MIRROR_MODEL_ID)))
    if not arguments.json:
        print_text(f"{len(devices)} devices, {len(behind)} of those seen in the last 30 days have not switched")
    return ExitCode.DONE


def _device_line(device: Follower, *, switched: bool) -> str:
    from argus.core.canonical import time_text

    said = device.confirmation
    if said is None:
        return f"  {device.thing}: what it said cannot be read"
    mark = "switched" if switched else "NOT SWITCHED" if device.is_recent else "not seen lately"
    return f"  {device.thing}: {mark}, model {said.model_id}, number {said.sequence}, at {time_text(said.confirmed_at)}"


def _devices(store: BlobStore) -> tuple[Follower, ...]:
    from argus.core.errors import CollectionMissing
    from argus.device.adapters.clock import SystemClock
    from argus.storage.followers import followers
    from argus.storage.heads import followed_heads

    heads = followed_heads(store)
    if not heads:
        raise CollectionMissing("there is no collection here: enrol somebody first, or check the place")
    return followers(store, heads[0].head.statement.collection_id, SystemClock().now())


def _waited(store: BlobStore, model_id: str, seconds: float) -> tuple[Follower, ...]:
    """Who has not switched, after having waited so long for them; they are listed."""
    from argus.storage.followers import left_behind

    end = time.monotonic() + seconds
    while behind := left_behind(_devices(store), model_id):
        left = end - time.monotonic()
        if left <= 0:
            break
        time.sleep(min(_POLL_SECONDS, left))
    for device in behind:
        print_note(f"argus: {_device_line(device, switched=False).strip()}")
    return behind
