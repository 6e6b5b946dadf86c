"""``argus collection create | describe | verify | diff | gc``: a collection as it is stored."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from argus.cli.keys import add_sign_option, add_trust_option, signers
from argus.cli.opening import add_read_options, believed, open_at, opened, opened_store
from argus.cli.output import ExitCode, print_error, print_json, print_text, who
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option, number
from argus.cli.progress import Progress, counting

if TYPE_CHECKING:
    from argus.cli.devices import Confirmations
    from argus.core.collection import Collection, Enrolled
    from argus.core.head import Head
    from argus.core.manifest import Manifest
    from argus.core.types import Person


def add_parsers(commands: Subparsers) -> None:
    create = add_command(
        commands,
        "create",
        summary="make an empty collection",
        description="Makes an empty collection. `argus enrol` makes one too, where there is none.",
        examples="""
            argus collection create --collection people
            argus collection create --collection s3://bucket/staff --id staff --sign-with staff.key
        """,
    )
    add_collection_option(create, "where to keep it")
    create.add_argument(
        "--id", type=_id, metavar="ID", help="what devices and topics call it (default: as its place is called)"
    )
    add_sign_option(create)
    create.set_defaults(run=_create)

    describe = add_command(
        commands,
        "describe",
        summary="its version, number, model, people, size, signatures, and the devices that use it",
        description=(
            "Says which version is current, what it holds, who signed it, and of each device that follows it which\n"
            "version it has last confirmed, and when."
        ),
        examples="""
            argus collection describe --collection people
            argus collection describe --collection s3://bucket/staff --trust staff.key.pub --json
        """,
    )
    add_read_options(describe)
    describe.set_defaults(run=_describe)

    verify = add_command(
        commands,
        "verify",
        summary="read all of it, and check every hash",
        description=(
            "Reads every object of the current version, checks hashes and contents, and with --trust who signed it.\n"
            "Names everything that is wrong; exit code 1 when something is."
        ),
        examples="""
            argus collection verify --collection people
            argus collection verify --collection s3://bucket/staff --trust staff.key.pub
        """,
    )
    add_read_options(verify)
    verify.set_defaults(run=_verify)

    diff = add_command(
        commands,
        "diff",
        summary="who is different in two collections or versions",
        description=(
            "Says who was added, removed and changed between two places, or two versions of one: PLACE is its current\n"
            "version, PLACE@VERSION one that has this sha256, or one that starts with these 12 characters or more."
        ),
        examples="""
            argus collection diff people s3://bucket/staff
            argus collection diff people@3f1c9a77b0e2 people
        """,
    )
    diff.add_argument("old", metavar="OLD", help="PLACE or PLACE@VERSION: a folder, or s3://bucket/prefix")
    diff.add_argument("new", metavar="NEW", help="another one")
    add_trust_option(diff)
    diff.set_defaults(run=_diff)

    gc = add_command(
        commands,
        "gc",
        summary="clear away what no version needs any more",
        description=(
            "Deletes parts that neither the current version nor a kept one needs, once they have been unreachable for\n"
            "the whole grace: what a run finds unreachable it notes, and a later one deletes it. Run it every day."
        ),
        examples="""
            argus collection gc --collection s3://bucket/staff
            argus collection gc --collection s3://bucket/staff --trust staff.key.pub
            argus collection gc --collection people --keep 0 --grace 0 --dry-run
        """,
    )
    add_read_options(gc)
    gc.add_argument(
        "--grace", type=number(float, lambda hours: 0 <= hours <= 876600, "hours are expected"), default=24.0,
        metavar="HOURS", help="longer than any reader or writer takes (default: %(default)g)",
    )  # fmt: skip
    gc.add_argument(
        "--keep", type=number(int, lambda value: 0 <= value <= 10000, "a number is expected"), default=10,
        metavar="N", help="earlier versions to keep, for `argus collection rollback` (default: %(default)s)",
    )  # fmt: skip
    gc.add_argument("--dry-run", action="store_true", help="say what would be deleted")
    gc.set_defaults(run=_gc)
    for parser in (create, describe, verify, diff, gc):
        add_json_option(parser)


def _id(text: str) -> str:
    from argus.core.topics import segment

    try:
        return segment(text, "collection id")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _create(arguments: argparse.Namespace) -> int:
    repository = open_at(arguments.collection, collection_id=arguments.id, signers=signers(arguments))
    snapshot = repository.create()
    tell(snapshot.head, snapshot.manifest, as_json=arguments.json)
    return ExitCode.DONE


def _describe(arguments: argparse.Namespace) -> int:
    from argus.storage.confirmations import read_confirmations
    from argus.storage.examining import read_descriptions

    store = opened_store(arguments.collection)
    for head, manifest in read_descriptions(store, believed(arguments)):
        devices = read_confirmations(store, head.statement.collection_id)
        tell(head, manifest, devices, as_json=arguments.json)
    return ExitCode.DONE


def tell(head: Head, manifest: Manifest, devices: Confirmations | None = None, *, as_json: bool) -> None:
    """Says what a collection is, and which devices use it."""
    from argus.cli.devices import device_lines, device_records
    from argus.core.canonical import time_text
    from argus.device.adapters.clock import SystemClock

    statement, now = head.statement, SystemClock().now()
    record: dict[str, object] = {
        "collection_id": statement.collection_id,
        "version": statement.manifest_sha256,
        "sequence": statement.sequence,
        "model_id": statement.model_id,
        "people": manifest.people,
        "faces": manifest.faces,
        "buckets": len(manifest.buckets),
        "bytes": sum(entry.size_bytes for entry in manifest.buckets.values()),
        "made_at": time_text(manifest.created_at),
        "issued_at": time_text(statement.issued_at),
        "expires_at": None if statement.expires_at is None else time_text(statement.expires_at),
        "key_ids": [one.key_id for one in head.signatures],
    }
    if as_json:
        print_json({**record, "devices": device_records(devices or {}, statement, now)})
        return
    for name, value in {
        **record,
        "expires_at": record["expires_at"] or "never",
        "key_ids": ", ".join(one.key_id for one in head.signatures) or "nobody signed it",
    }.items():
        print_text(f"{name.replace('_', ' '):<14} {value}")
    for line in device_lines(devices or {}, statement, now):
        print_text(f"{'device':<14} {line}")


def _verify(arguments: argparse.Namespace) -> int:
    from argus.core.errors import CollectionDamaged, HeadRefused
    from argus.storage.examining import bucket_faults, read_descriptions
    from argus.storage.open_store import open_store

    store, faults = open_store(arguments.collection), []
    described: list[tuple[Head, Manifest]] = []
    try:
        described = read_descriptions(store, believed(arguments))
        with counting(sum(len(manifest.buckets) + 1 for _, manifest in described), "checks") as count:
            for fault in chain.from_iterable(bucket_faults(store, manifest) for _, manifest in described):
                count()
                if fault is not None:
                    faults.append(fault)
    except (CollectionDamaged, HeadRefused) as error:
        faults.append(str(error))
    if arguments.json:
        version = described[0][0].statement.manifest_sha256 if described else None
        print_json({"version": version, "whole": not faults, "faults": faults})
    else:
        for fault in faults:
            print_error(fault)
        for head, manifest in described if not faults else []:
            version = head.statement.manifest_sha256
            print_text(f"version {version[:12]} is whole: {manifest.people} people, {manifest.faces} faces")
    return ExitCode.REFUSED if faults else ExitCode.DONE


def _diff(arguments: argparse.Namespace) -> int:
    old, new = _version_at(arguments, arguments.old), _version_at(arguments, arguments.new)
    different = 0
    for change, person, details in _changes(old, new):
        different += 1
        if arguments.json:
            print_json({"change": change, "person": who(person), "details": details})
        else:
            print_text(f"{change} {person.name} ({person.id}){': ' if details else ''}{', '.join(details)}")
    if not different and not arguments.json:
        print_text("no difference")
    return ExitCode.DONE


def _version_at(arguments: argparse.Namespace, text: str) -> Collection:
    """What ``PLACE`` or ``PLACE@VERSION`` names; the head of an earlier version is gone, so its place is believed."""
    from argus.storage.examining import read_description

    found = re.fullmatch("(.+)@([0-9a-f]{12,64})", text)
    if found is None:
        return opened(arguments, text).load().collection
    read_description(opened_store(found[1]), believed(arguments))
    return opened(arguments, found[1]).load_version(found[2])


def _changes(old: Collection, new: Collection) -> Iterator[tuple[str, Person, list[str]]]:
    """What happened, to whom, and more of it; ascending by id."""
    before, after = ({one.person.id: one for one in collection.people} for collection in (old, new))
    for id_ in sorted({*before, *after}):
        if id_ not in before:
            yield "added", after[id_].person, []
        elif id_ not in after:
            yield "removed", before[id_].person, []
        elif before[id_] != after[id_]:
            yield "changed", after[id_].person, list(_details(before[id_], after[id_]))


def _details(before: Enrolled, after: Enrolled) -> Iterator[str]:
    if before.person.name != after.person.name:
        yield f"was called {before.person.name}"
    if before.person.category != after.person.category:
        yield f"category {before.person.category} became {after.person.category}"
    old, new = ({face.face_id: face for face in one.faces} for one in (before, after))
    for what, count in (
        ("added", len(new.keys() - old.keys())),
        ("removed", len(old.keys() - new.keys())),
        ("made anew", sum(old[id_] != new[id_] for id_ in old.keys() & new.keys())),
    ):
        if count:
            yield f"{count} face{'' if count == 1 else 's'} {what}"
    if before.stricter_by != after.stricter_by:
        yield f"stricter by {after.stricter_by:g}, was {before.stricter_by:g}"


def _gc(arguments: argparse.Namespace) -> int:
    from argus.storage.collecting import collect_garbage
    from argus.storage.examining import read_descriptions

    store = opened_store(arguments.collection)
    policy = believed(arguments)
    if policy is not None:
        read_descriptions(store, policy)
    collected = collect_garbage(
        store,
        grace=timedelta(hours=arguments.grace),
        keep=arguments.keep,
        dry_run=arguments.dry_run,
        progress=Progress("objects deleted"),
    )
    size = sum(entry.size_bytes for entry in collected.deleted)
    if arguments.json:
        deleted = [entry.key for entry in collected.deleted]
        record = {"deleted": deleted, "bytes": size, "waiting": collected.waiting, "kept": collected.kept}
        print_json({**record, "dry_run": arguments.dry_run})
    else:
        would = "would be deleted" if arguments.dry_run else "deleted"
        print_text(f"{len(collected.deleted)} objects ({size:,} bytes) {would}, {collected.kept} are needed")
        if collected.waiting:
            print_text(f"{collected.waiting} more are not needed any more and wait for the end of their grace")
    return ExitCode.DONE
