"""``argus collection keygen | sign | rollback``: who vouches for a collection, and for which version of it."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keys import add_key_options, signers
from argus.cli.opening import believed, opened, opened_store
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option, number

if TYPE_CHECKING:
    from argus.core.head import Statement
    from argus.storage.reading import Snapshot

_NEVER = "never"


def add_parsers(commands: Subparsers) -> None:
    keygen = add_command(
        commands,
        "keygen",
        summary="make a key that signs collections",
        description=(
            "Writes a new private key (ECDSA on P-256) to FILE, which only you can read, and the public half that\n"
            "devices are given to FILE.pub. Files that are there already are never overwritten."
        ),
        examples="argus collection keygen staff.key",
    )
    keygen.add_argument("file", type=Path, metavar="FILE")
    add_json_option(keygen)
    keygen.set_defaults(run=_keygen)

    sign = add_command(
        commands,
        "sign",
        summary="sign the current version, with other keys or for a longer time",
        description=(
            "Issues the current version anew, signed. It must have been signed by a key that you sign with or trust;\n"
            "--adopt signs also what nobody vouches for, so look at it before."
        ),
        examples="""
            argus collection sign --collection people --sign-with staff.key --adopt
            argus collection sign --collection people --sign-with kms:alias/staff --trust staff.key.pub
            argus collection sign --collection people --sign-with staff.key --expires-in 30
        """,
    )
    _add_common_options(sign)
    sign.add_argument("--adopt", action="store_true", help="sign it whoever wrote it")
    sign.add_argument(
        "--expires-in", type=_lifetime, metavar="DAYS",
        help=f"how long devices shall accept it, or {_NEVER!r} to end; each later change lasts as long again "
        "(default: as long as the version before, at first for ever)",
    )  # fmt: skip
    sign.add_argument(
        "--after", type=number(int, lambda value: 0 <= value < 2**52, "a number is expected"), default=0, metavar="N",
        help="give it a number above N, which devices have seen: after a backup was restored",
    )  # fmt: skip
    sign.add_argument(
        "--minimum", type=number(int, lambda value: 0 <= value < 2**52, "a number is expected"), default=0, metavar="N",
        help="the number of the newest erasure, which a restored backup does not know of: erase again whom the receipts"
        " since then name, and devices will accept it",
    )  # fmt: skip
    sign.set_defaults(run=_sign)

    rollback = add_command(
        commands,
        "rollback",
        summary="go back to an older version",
        description=(
            "Issues an older version anew under a number that is higher than all before, which devices accept.\n"
            "Somebody who was erased does not come back: a version that held them is refused."
        ),
        examples="argus collection rollback --collection people 3f1c9a77b0e2",
    )
    rollback.add_argument("version", metavar="VERSION", help="its sha256, or the first 12 characters of it or more")
    _add_common_options(rollback)
    rollback.set_defaults(run=_roll_back)


def _add_common_options(parser: argparse.ArgumentParser) -> None:
    add_collection_option(parser)
    add_key_options(parser)
    add_json_option(parser)


def _lifetime(text: str) -> timedelta | str:
    if text == _NEVER:
        return text
    try:
        lifetime = timedelta(days=float(text))
    except (ValueError, OverflowError):
        lifetime = timedelta()
    if not timedelta(0) < lifetime <= timedelta(days=36525):
        raise argparse.ArgumentTypeError(f"a number of days above 0, or {_NEVER!r}, is expected, not {text!r}")
    return lifetime


def _keygen(arguments: argparse.Namespace) -> int:
    from argus.storage.open_signer import make_key_file

    verifier = make_key_file(arguments.file)
    if arguments.json:
        print_json({"key_id": verifier.key_id, "private": str(arguments.file), "public": f"{arguments.file}.pub"})
    else:
        print_text(f"key {verifier.key_id}")
        print_text(f"  {arguments.file}: sign with it; keep it secret, and a copy in a safe place")
        print_text(f"  {arguments.file}.pub: give it to devices")
    return ExitCode.DONE


def _sign(arguments: argparse.Namespace) -> int:
    from argus.core.errors import CollectionMissing
    from argus.core.trust import lifetime_of
    from argus.device.adapters.clock import SystemClock
    from argus.storage.heads import HeadAt, is_followed, stored_heads
    from argus.storage.repository import CollectionRepository

    wanted: timedelta | str | None = arguments.expires_in

    def lifetime(before: Statement) -> timedelta | None:
        if wanted is None:
            return lifetime_of(before)
        return wanted if isinstance(wanted, timedelta) else None

    store, keys, policy = opened_store(arguments.collection), signers(arguments), believed(arguments)
    heads = stored_heads(store)
    if not heads:
        raise CollectionMissing("there is no collection here: enrol somebody first, or check the place")
    for one in heads:
        model_id = one.head.statement.model_id
        repository = CollectionRepository(
            HeadAt(store, one.key), "", SystemClock().now, model_id, signers=keys, trust=policy
        )
        snapshot = repository.sign(lifetime, adopt=arguments.adopt, after=arguments.after, minimum=arguments.minimum)
        if is_followed(one.key):
            _tell(snapshot, "signed", as_json=arguments.json)
    return ExitCode.DONE


def _roll_back(arguments: argparse.Namespace) -> int:
    _tell(opened(arguments, changes=True).roll_back(arguments.version), "current again", as_json=arguments.json)
    return ExitCode.DONE


def _tell(snapshot: Snapshot, what: str, *, as_json: bool) -> None:
    from argus.core.canonical import time_text

    statement = snapshot.head.statement
    expires_at = None if statement.expires_at is None else time_text(statement.expires_at)
    key_ids = [one.key_id for one in snapshot.head.signatures]
    if as_json:
        record: dict[str, object] = {
            "collection_id": statement.collection_id,
            "version": snapshot.version,
            "sequence": statement.sequence,
            "people": len(snapshot.collection),
            "issued_at": time_text(statement.issued_at),
            "expires_at": expires_at,
            "key_ids": key_ids,
        }
        print_json(record)
        return
    print_text(f"{statement.collection_id}: version {snapshot.version[:12]} is {what}, as number {statement.sequence}")
    print_text(f"  people: {len(snapshot.collection)}")
    print_text(f"  signed by: {', '.join(key_ids) or 'nobody'}")
    print_text(f"  expires: {expires_at or _NEVER}")
