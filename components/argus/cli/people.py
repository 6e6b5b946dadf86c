"""``argus people``: who is enrolled, and how like each other they are."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.erase import add_erase_options, erase
from argus.cli.keys import add_key_options
from argus.cli.opening import opened
from argus.cli.output import ExitCode, print_error, print_json, print_note, print_text
from argus.cli.parsers import Parser, Subparsers, add_collection_option, add_command, add_json_option, add_rate_option

if TYPE_CHECKING:
    from argus.core.collection import Collection, Enrolled
    from argus.core.matching import Gallery


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "people",
        summary="list, show, search, rename and erase those enrolled",
        description=(
            "Looks into a collection and changes it. PERSON is an id, or a name as it was given. Distances are\n"
            "normalised, so that they can be compared between people: under the threshold means the same person."
        ),
        examples="""
            argus people --collection people list
            argus people --collection people show ada-lovelace
            argus people --collection people search --image visitor.jpg
            argus people --collection people search --face 3f1c9a
            argus people --collection people rename ada-lovelace "Ada King"
            argus people --collection people erase ada-lovelace --photos photos --wait 600 --receipt erased.json
        """,
    )
    add_collection_option(parser, required=False)
    add_key_options(parser)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    listing = _add(actions, "list", "everybody: id, name, category, number of photos, look-alikes")
    listing.set_defaults(run=_placed(_list))
    show = _add(actions, "show", "one person: the photos, how like each other they are, and who is nearest")
    show.add_argument("person", metavar="PERSON")
    show.set_defaults(run=_placed(_show))
    search = _add(actions, "search", "who is nearest to a face: one that is enrolled, or those of a picture")
    what = search.add_mutually_exclusive_group(required=True)
    what.add_argument("--face", metavar="ID", help="a face's id or its beginning, as `show` prints it")
    what.add_argument("--image", type=Path, metavar="FILE", help="a picture")
    search.set_defaults(run=_placed(_search))
    for action in (show, search):
        add_rate_option(action, purpose="for the thresholds: ")
    rename = _add(actions, "rename", "call somebody otherwise; the id stays")
    rename.add_argument("person", metavar="PERSON")
    rename.add_argument("name", metavar="NAME")
    rename.set_defaults(run=_placed(_rename))
    erasing = _add(actions, "erase", "erase somebody for good, with a receipt of it", aliases=("delete",))
    add_erase_options(erasing)
    erasing.set_defaults(run=_placed(erase))


def _placed(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """``run``, where the collection was named before the action or after it."""

    def checked(arguments: argparse.Namespace) -> int:
        from argus.core.errors import UsageError

        if arguments.collection is None:
            raise UsageError("which people: name the collection with --collection")
        return run(arguments)

    return checked


def _add(actions: Subparsers, name: str, summary: str, aliases: Sequence[str] = ()) -> argparse.ArgumentParser:
    """An action, which takes the options of ``argus people`` after its name as well."""
    common = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    add_collection_option(common, required=False)
    add_key_options(common)
    description = f"{summary[0].upper()}{summary[1:]}."
    parser = actions.add_parser(name, aliases=aliases, parents=[common], help=summary, description=description)
    add_json_option(parser)
    return parser


def _list(arguments: argparse.Namespace) -> int:
    from argus.cli.people_text import alike_of, person_line, person_record

    collection = opened(arguments).load().collection
    gallery = _gallery(collection.people)
    for enrolled in collection.people:
        alike = alike_of(gallery, enrolled.person.id)
        if arguments.json:
            print_json(person_record(enrolled, alike))
        else:
            print_text(person_line(enrolled, alike))
    print_note(f"argus: {len(collection)} enrolled")
    return ExitCode.DONE


def _show(arguments: argparse.Namespace) -> int:
    from argus.cli.people_search import nearest
    from argus.cli.people_text import (
        alike_of,
        candidate_line,
        candidate_record,
        face_line,
        face_records,
        person_line,
        person_record,
    )

    collection = opened(arguments).load().collection
    enrolled = _find(collection, arguments.person)
    gallery = _gallery(collection.people)
    alike, faces = alike_of(gallery, enrolled.person.id), face_records(enrolled)
    found = nearest(gallery, enrolled.template, arguments.false_alarm_rate, without=enrolled.person)
    if arguments.json:
        others = [candidate_record(one) for one in found]
        print_json({**person_record(enrolled, alike), "faces": faces, "nearest": others})
        return ExitCode.DONE
    print_text(person_line(enrolled, alike))
    for face in faces:
        print_text(f"  {face_line(face)}")
    print_text("nearest others:" if found else "nobody else is enrolled")
    for one in found:
        print_text(f"  {candidate_line(one)}")
    return ExitCode.DONE


def _search(arguments: argparse.Namespace) -> int:
    from argus.cli.people_search import enrolled_face, faces_of, nearest
    from argus.cli.people_text import candidate_line, candidate_record
    from argus.core.errors import ImageError

    collection = opened(arguments).load().collection
    gallery = _gallery(collection.people)
    try:
        if arguments.face is not None:
            probes = [enrolled_face(collection, arguments.face)]
        else:
            probes = faces_of(arguments.image)
    except ImageError as error:
        print_error(f"{arguments.image}: {error}")
        return ExitCode.REFUSED
    for probe in probes:
        found = nearest(gallery, probe.template, arguments.false_alarm_rate, without=probe.owner)
        if arguments.json:
            print_json({**probe.record, "nearest": [candidate_record(one) for one in found]})
            continue
        print_text(probe.title)
        for one in found:
            print_text(f"  {candidate_line(one)}")
    if not probes:
        print_error(f"{arguments.image}: no face was found; take a picture where it is larger and seen from the front")
    return ExitCode.DONE if probes else ExitCode.REFUSED


def _rename(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from argus.core.errors import UsageError
    from argus.enrolment.naming import person_of

    repository = opened(arguments, changes=True)
    old = _find(repository.load().collection, arguments.person).person
    name = person_of(arguments.name, old.category).name

    def change(collection: Collection) -> Collection:
        taken = next((one.person.id for one in collection.people if one.person.name == name), old.id)
        if taken != old.id:
            raise UsageError(f"{taken!r} is called {name!r} already: choose a name that tells them apart")
        present = _find(collection, old.id)
        return collection.with_person(replace(present, person=replace(present.person, name=name)))

    repository.update(change)
    if arguments.json:
        print_json({"id": old.id, "name": name, "was": old.name})
    else:
        print_text(f"{old.id} is called {name} now")
    return ExitCode.DONE


def _find(collection: Collection, text: str) -> Enrolled:
    from argus.cli.meant import find_enrolled

    return find_enrolled(collection, text, "`argus people list` shows everybody")


def _gallery(people: Sequence[Enrolled]) -> Gallery:
    from argus.core.matching import Gallery
    from argus.enrolment.compose import photo_calibration

    return Gallery(people, photo_calibration())
