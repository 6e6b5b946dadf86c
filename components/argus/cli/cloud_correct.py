"""``argus cloud correct``: says who a sighting really was."""

from __future__ import annotations

import argparse

from argus.cli.cloud_sightings import as_json, named
from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "correct",
        summary="say who a sighting really was",
        description=(
            "Says that a sighting was not whom it names, or who it was. What the device said stays beside it, and who\n"
            "corrected it and when is kept with it. The same again changes nothing. `argus cloud sightings` lists the\n"
            "event ids."
        ),
        examples="""
            argus cloud correct 018cc4e5-2750-74a4-bab7-f4d481b33c34
            argus cloud correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --person ada
            argus cloud correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --undo
        """,
    )
    parser.add_argument("event_id", metavar="EVENT_ID", help="the event's id, whole")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--stranger", action="store_true", help="it was nobody who is known (so without any option)")
    what.add_argument("--person", metavar="PERSON", help="it was the person with this id or name")
    what.add_argument("--undo", action="store_true", help="it was right as the device said")
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.people import open_people
        from cloud_lambdas.console.sightings import Sightings

        sightings = Sightings(stack)
        if arguments.undo:
            before, after = sightings.undo(arguments.event_id)
        else:
            person = open_people(stack).find(arguments.person).id if arguments.person is not None else None
            before, after = sightings.correct(arguments.event_id, person)
    changed = len(after.corrections) > len(before.corrections)
    if arguments.json:
        print_json({**as_json(after), "was": as_json(before)["meant"], "changed": changed})
    elif changed:
        print_text(f"{arguments.event_id}: was {named(before.meant)}, is now {named(after.meant)}")
    else:
        print_text(f"{arguments.event_id}: is {named(after.meant)} already; nothing changed")
    return ExitCode.DONE
