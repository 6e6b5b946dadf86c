"""``argus enrol``: photos into a collection."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keys import add_key_options, signers, trust
from argus.cli.opening import check_no_copy
from argus.cli.output import ExitCode, print_json, print_note, print_text, who
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option
from argus.cli.progress import counting

if TYPE_CHECKING:
    from argus.core.lookalikes import LookAlikes
    from argus.enrolment.enrol import PhotoVerdict


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "enrol",
        summary="add people's photos to a collection",
        description=(
            "Judges every photo and adds the good ones: PHOTOS is a folder with one subfolder a person, named as the\n"
            "person is; with --person it is photos of that person, or a folder of them. Each photo gets a verdict;\n"
            "a refused one says what would help. Photos that have not changed are not looked at again. People who\n"
            "look unusually much alike are named at the end; they are matched more strictly than others."
        ),
        examples="""
            argus enrol --collection people photos/
            argus enrol --collection people --person "Ada Lovelace" ada1.jpg ada2.jpg
            argus enrol --collection people --person "Ada Lovelace" --category resident --json ada3.jpg
            argus enrol --collection people --person "Eve Lovelace" --force eve.jpg
        """,
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTOS", help="a folder, or photos with --person")
    add_collection_option(parser, "where to keep it")
    add_key_options(parser)
    parser.add_argument("--person", metavar="NAME", help="whose photos these are")
    parser.add_argument(
        "--category", help="such as resident, customer or missing; alerts are filtered by it (default: person)"
    )
    parser.add_argument(
        "--force", action="store_true",
        help="enrol small, blurred, dark, bright and turned faces too, and photos that look like somebody else's",
    )  # fmt: skip
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.cli.workers import workers
    from argus.device.adapters.clock import SystemClock
    from argus.enrolment.compose import build_enroller
    from argus.enrolment.photos import photos_of_folder, photos_of_person

    category = arguments.category
    if arguments.person is None:
        photos = photos_of_folder(arguments.photos, category)
    else:
        photos = photos_of_person(arguments.person, arguments.photos, category)
    check_no_copy(arguments.collection)
    now = SystemClock().now
    enroller = build_enroller(
        arguments.collection,
        now,
        workers=workers(len(photos)),
        signers=signers(arguments),
        trust=trust(arguments, now),
    )
    accepted = refused = new = overrulable = 0
    people: set[str] = set()
    with counting(len(photos), "photos") as count:
        for verdict in enroller.enrol(photos, category, force=arguments.force):
            accepted += verdict.verdict.accepted
            refused += not verdict.verdict.accepted
            new += verdict.is_new
            overrulable += verdict.verdict.overrulable
            people.add(verdict.photo.person.id)
            _show(verdict, as_json=arguments.json)
            count()
    enrolled = len(enroller.collection)
    print_note(f"argus: {accepted} accepted, {refused} refused, {new} looked at; {enrolled} enrolled in all")
    if overrulable:
        print_note(f"argus: --force enrols {overrulable} of the refused all the same, if you know better")
    _note_look_alikes(enroller.look_alikes(people))
    return ExitCode.REFUSED if refused else ExitCode.DONE


def _note_look_alikes(pairs: Sequence[LookAlikes]) -> None:
    for pair in pairs:
        print_note(
            f"argus: {pair.one.name} and {pair.other.name} look unusually much alike, and are matched more strictly "
            "than others: more photos of both help, and one name if they are one person"
        )


def _show(found: PhotoVerdict, *, as_json: bool) -> None:
    person, verdict = found.photo.person, found.verdict
    if as_json:
        print_json(
            {
                "photo": str(found.photo.path),
                "person": who(person),
                "accepted": verdict.accepted,
                "reason": verdict.refusal.value if verdict.refusal else None,
                "message": verdict.message,
            }
        )
        return
    mark = "accepted" if verdict.accepted else "REFUSED "
    detail = "" if verdict.accepted and found.is_new else f": {verdict.message}"
    print_text(f"{mark}  {person.name}  {found.photo.path}{detail}")
