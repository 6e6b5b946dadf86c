"""``argus cloud people erase``: somebody leaves the cloud and its devices, with a receipt."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.cloud_stack import stack_of
from argus.cli.output import ExitCode, hide_line, print_error, print_note
from argus.cli.parsers import number
from argus.cli.receipts import Shown, agreed, check_receipt_place, tell_receipt, write_receipt

if TYPE_CHECKING:
    from datetime import datetime

    from argus.core.receipt import Device, Receipt
    from cloud_lambdas.console.erasing.published import PublishedCollection
    from cloud_lambdas.console.stack import Stack

EACH_SECONDS = 2.0
"""How often it is looked whether the publisher is done."""

_seconds = number(float, lambda seconds: 0 <= seconds <= 30 * 86400, "seconds are expected")


def add_erase_options(parser: argparse.ArgumentParser) -> None:
    """What ``argus cloud people erase`` understands."""
    parser.add_argument("person", metavar="PERSON", help="an id or a name; the id of somebody who has left already")
    parser.add_argument(
        "--wait", type=_seconds, default=60.0, metavar="SECONDS",
        help="wait at most so long for the publisher, then for the devices to confirm (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="write the receipt, as JSON, to this new file")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def erase(arguments: argparse.Namespace) -> int:
    check_receipt_place(arguments.receipt)
    with stack_of(arguments) as stack:
        whom = _whom(stack, arguments.person)
        if not arguments.yes and not agreed(f"Erase {whom.description}? This cannot be undone. [y/N] "):
            print_note("argus: nothing was erased")
            return ExitCode.REFUSED
        erased = _erased(stack, whom, arguments)
    if erased is None:
        print_error(f"nothing of {whom.person_id!r} was found, and nobody with this id was ever here: check the id")
        return ExitCode.REFUSED
    receipt, waited_for = erased
    tell_receipt(receipt, as_json=arguments.json)
    if not receipt.verified:
        print_error("something of the person is left: see what remains, then run the same again")
    if waited_for:
        print_error(f"not confirmed by {', '.join(waited_for)}")
    return ExitCode.DONE if receipt.verified and not waited_for else ExitCode.REFUSED


@dataclass(frozen=True)
class _Whom:
    """Who is to be erased.

    Attributes:
        description: how a person is asked about them.
        erased_before: when their erasure began, if it has.
    """

    person_id: str
    description: str
    erased_before: datetime | None = None


def _whom(stack: Stack, reference: str) -> _Whom:
    """Somebody who is known, or has left; or else an id, for what may be left of whoever has it."""
    from argus.core.errors import UsageError
    from argus.core.types import Person
    from cloud_lambdas.console.people import open_people

    found = open_people(stack).find_to_erase(reference)
    if found is None:
        print_note(f"argus: nobody has the id or the name {reference!r}; what is left of such an id is looked for")
        try:
            return _Whom(Person(reference, reference).id, f"what is left of {reference}")
        except ValueError as wrong:
            raise UsageError(f"nobody can have the id {reference!r}: {wrong}") from wrong
    if found.ended_at is not None:
        return _Whom(found.id, f"what is left of {found.id}", found.ended_at)
    return _Whom(found.id, f"{found.name or found.id} ({found.id})")


def _erased(stack: Stack, who: _Whom, arguments: argparse.Namespace) -> tuple[Receipt, list[str]] | None:
    """The receipt, and the devices that were waited for and have not confirmed; None where nobody was erased.

    It is written before the wait too, so that whoever is interrupted then has one of what was done.
    """
    from argus.cli.erase_remains import remains_of
    from argus.cli.erase_waiting import behind, devices_of
    from argus.core.receipt import Receipt
    from argus.device.adapters.clock import SystemClock
    from cloud_lambdas.console.erasing.eraser import CloudEraser
    from cloud_lambdas.console.erasing.published import PublishedCollection
    from cloud_lambdas.console.erasing.remains import remains_in
    from cloud_lambdas.console.erasing.tally import Tally

    now, shown, tally = SystemClock().now, Shown(), Tally()
    eraser, published = CloudEraser(stack, now), PublishedCollection(stack)
    was_enrolled = published.holds(who.person_id)
    whom = eraser.erase(who.person_id, tally, shown, is_enrolled=was_enrolled)
    hide_line()
    if whom is None:
        return None
    settings = {published.versions.place: published.versions.settings(), **eraser.settings()}

    def written(devices: Sequence[Device], *, is_gone: bool, is_clean: bool) -> Receipt:
        erased_at = now()
        remains = (
            *published.remains(is_gone=is_gone),
            *remains_in(stack, erased_at),
            *remains_of(tally.left, devices, settings, photos=stack.output("PhotosBucket")),
        )
        receipt = Receipt(
            who.person_id,
            erased_at,
            published.versions.place,
            published.statements() if is_gone else (),
            is_gone and was_enrolled,
            tally.counts(),
            verified=is_gone and is_clean,
            remains=remains,
            devices=tuple(devices),
            settings=settings,
            erased_before=who.erased_before,
        )
        write_receipt(arguments.receipt, receipt)
        return receipt

    written(devices_of(published.store, published.statements()), is_gone=False, is_clean=False)
    is_gone, devices = _followed(published, who.person_id, arguments.wait)
    is_clean = eraser.look_again(whom, tally, shown)
    hide_line()
    receipt = written(devices, is_gone=is_gone, is_clean=is_clean)
    return receipt, [one.thing for one in behind(devices)] if is_gone else []


def _followed(published: PublishedCollection, person_id: str, seconds: float) -> tuple[bool, Sequence[Device]]:
    """Whether the person is in no version any more, and how far the devices are.

    Waits for both at most so long, or until Ctrl-C.
    """
    from argus.cli.erase_waiting import devices_of, wait_for_devices

    def look() -> Sequence[Device]:
        return devices_of(published.store, published.statements())

    end = time.monotonic() + seconds
    try:
        if not _left_the_collection(published, person_id, end):
            return False, look()
    except KeyboardInterrupt:
        print_note("argus: not waiting any longer")
        return False, look()
    if not any(one.minimum_sequence for one in published.statements()):
        return True, look()  # nobody was ever erased from it: there is nothing to confirm
    return True, wait_for_devices(look, max(0.0, end - time.monotonic()))


def _left_the_collection(published: PublishedCollection, person_id: str, end: float) -> bool:
    """Waits for the publisher until ``end``."""
    told = False
    while published.holds(person_id):
        if time.monotonic() >= end:
            return False
        if not told:
            print_note("argus: waiting for the publisher")
            told = True
        time.sleep(min(EACH_SECONDS, max(0.0, end - time.monotonic())))
    return True
