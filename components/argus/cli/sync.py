"""``argus sync``: copies of collections, kept up to date on a device that has no camera of its own."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from argus.cli.keys import add_trust_option
from argus.cli.opening import believed
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_command, add_interval_option, add_json_option, add_thing_option

if TYPE_CHECKING:
    from argus.device.sync.collection_sync import CollectionSync
    from argus.device.sync.status import SyncStatus


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "sync",
        summary="keep verified copies of collections up to date, without a camera",
        description=(
            "Follows each PLACE with a copy in a folder of DIR that is called as the place is: s3://bucket/staff in\n"
            "DIR/staff. Only what changed travels, every hash is checked, and a copy is one whole version at any\n"
            "moment; while its place is out of reach, or has what is refused, it stays as it is.\n"
            "Prints a line for each new version and each refusal. Ends at SIGTERM or Ctrl-C, or at once with --once.\n"
            "Exit code 0: all copies are up to date; 1: one is not, and all can be used; 2: one cannot be used."
        ),
        examples="""
            argus sync s3://bucket/staff --to /var/lib/argus
            argus sync s3://bucket/staff s3://bucket/visitors --to /var/lib/argus --trust staff.key.pub --interval 30
            argus sync s3://bucket/staff --to /var/lib/argus --once --json
            argus identify --collection /var/lib/argus/staff visitor.jpg
        """,
    )
    parser.add_argument("places", nargs="+", metavar="PLACE", help="a collection: a folder, or s3://bucket/prefix")
    parser.add_argument("--to", required=True, metavar="DIR", help="the folder that the copies are kept in")
    when = parser.add_mutually_exclusive_group()
    add_interval_option(when, "--interval")
    when.add_argument("--once", action="store_true", help="look once, and end")
    add_trust_option(parser)
    add_thing_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.core.trust import TrustPolicy
    from argus.device.adapters.clock import SystemClock
    from argus.device.sync.compose import copies
    from argus.device.thing import default_thing

    now = SystemClock().now
    folders = _folders(arguments.places, arguments.to)
    trust = believed(arguments) or TrustPolicy((), now)
    syncs = copies(folders, trust=trust, now=now, thing=arguments.thing or default_thing())
    following = list(zip(syncs, folders, strict=True))
    told: dict[Path, tuple[str | None, str | None, str | None]] = {}
    with _ended_by_sigterm() as ended:
        for sync in syncs:
            sync.open()
        while True:
            for sync, folder in following:
                sync.poll()
                sync.confirm()
                status = sync.status
                news = (status.version, status.last_error, status.unconfirmed)
                if told.get(folder) != news:
                    told[folder] = news
                    _tell(status, folder, as_json=arguments.json)
            if arguments.once or ended.wait(arguments.interval):
                return _code(syncs)


def _folders(places: Sequence[str], parent: str) -> Mapping[Path, str]:
    """Folder -> the place of which it is to be a copy.

    Raises:
        UsageError: two would share one, or ``parent`` is no folder.
    """
    from argus.core.errors import UsageError
    from argus.storage.open_store import collection_id_at, is_folder

    if not is_folder(parent):
        raise UsageError(f"copies are kept on this machine: name a folder with --to, not {parent}")
    folders: dict[Path, str] = {}
    for place in places:
        folder = Path(parent, collection_id_at(place))
        if folder in folders:
            raise UsageError(f"{folders[folder]} and {place} would share the folder {folder}: sync them to two folders")
        folders[folder] = place
    return folders


def _code(syncs: Sequence[CollectionSync]) -> ExitCode:
    statuses = [sync.status for sync in syncs]
    if any(status.version is None for status in statuses):
        return ExitCode.WRONG_USE
    return ExitCode.REFUSED if any(status.last_error for status in statuses) else ExitCode.DONE


def _tell(status: SyncStatus, folder: Path, *, as_json: bool) -> None:
    from argus.core.canonical import time_text

    if as_json:
        moments = {"issued_at": status.issued_at, "confirmed_at": status.confirmed_at}
        print_json(
            {
                "place": status.source,
                "folder": str(folder),
                "collection_id": status.collection_id,
                "version": status.version,
                "sequence": status.sequence,
                "people": status.people,
                **{name: moment and time_text(moment) for name, moment in moments.items()},
                "error": status.last_error,
                "unconfirmed": status.unconfirmed,
            }
        )
    elif status.version is None:
        print_text(f"{status.source}: nothing can be used; {status.last_error}")
    else:
        print_text(f"{folder}: {status.in_use()}")


@contextmanager
def _ended_by_sigterm() -> Iterator[threading.Event]:
    """An event that SIGTERM sets, so that a sync that is under way is finished first."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield ended
    finally:
        signal.signal(signal.SIGTERM, before)
