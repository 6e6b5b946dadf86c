"""``argus cloud sightings``: which events the cloud has, the newest first."""

from __future__ import annotations

import argparse
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option, number
from argus.core.canonical import time_text

if TYPE_CHECKING:
    from cloud_lambdas.shared.person import PersonRecord
    from cloud_lambdas.sightings.sighting import Sighting


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "sightings",
        summary="what the devices have seen, the newest first",
        description=(
            "Lists sightings with their event ids: those of a day (by the cloud's clock, UTC), of a person, or else\n"
            "the newest of the last seven days. Who it was is told as far as is known by now, corrections included."
        ),
        examples="""
            argus cloud sightings
            argus cloud sightings --day 2026-05-01 --limit 500
            argus cloud sightings --person ada --json
        """,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="of this day, UTC")
    which.add_argument("--person", metavar="PERSON", help="of the person with this id or name")
    parser.add_argument(
        "--limit", type=number(int, lambda most: 1 <= most <= 10_000, "a limit is 1 to 10000"), default=50,
        metavar="N", help="so many at most (default: %(default)s)",
    )  # fmt: skip
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    shown = 0
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.people import open_people
        from cloud_lambdas.console.sightings import Sightings

        sightings, person = Sightings(stack), arguments.person
        known = open_people(stack).look(person) if person else None
        found = sightings.of_person(known.id if known else person) if person else sightings.newest(arguments.day)
        for sighting in islice(found, arguments.limit):
            shown += 1
            if arguments.json:
                print_json(as_json(sighting))
            else:
                print_text(_line(sighting))
        if person and not shown:
            open_people(stack).find(person)  # a device may name somebody whom the table of people has not
    if not shown and not arguments.json:
        print_text("There are none.")
    return ExitCode.DONE


def as_json(sighting: Sighting) -> dict[str, object]:
    """A sighting without what only an alert needs: phone, e-mail and note."""
    event = sighting.event
    return {
        "kind": "sighting",
        "event_id": event.event_id,
        "visit_id": event.visit_id,
        "event": event.kind,
        "thing": event.device.thing,
        "camera": event.camera,
        "captured_at": time_text(event.captured_at),
        "received_at": time_text(sighting.received_at),
        "person": _person(sighting.person),
        "meant": _person(sighting.meant),
        "stranger_id": event.stranger_id,
        "alert": sighting.alert,
        "revised_by": sighting.revised_by,
        "snapshot": event.snapshot,
        "corrections": [
            {"action": one.action, "person": _person(one.person), "by": one.by, "at": time_text(one.at)}
            for one in sighting.corrections
        ],
    }


def named(person: PersonRecord | None) -> str:
    """For people: ``Ada Lovelace (ada)``."""
    if person is None:
        return "nobody who is known"
    if person.standing == "deleted":
        return "somebody who was erased"
    return person.id if person.name is None else f"{person.name} ({person.id})"


def _line(sighting: Sighting) -> str:
    event, corrected = sighting.event, sighting.corrections and sighting.corrections[-1].action != "undo"
    said = f", which the device took for {named(sighting.person)}" if corrected else ""
    where = f"{event.device.thing}/{event.camera}"
    return f"{event.event_id} {time_text(event.captured_at)} {event.kind:<7} {where}: {named(sighting.meant)}{said}"


def _person(person: PersonRecord | None) -> dict[str, str | None] | None:
    return None if person is None else {"id": person.id, "name": person.name, "category": person.category}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a day is written YYYY-MM-DD, not {text!r}") from error
