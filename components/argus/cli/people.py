"""``argus people``: who is enrolled, and how like each other they are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.keys import add_key_options, signers
from argus.cli.opening import believed, opened, opened_store
from argus.cli.output import ExitCode, print_error, print_json, print_note, print_text, printable
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option, add_rate_option

if TYPE_CHECKING:
    from argus.core.collection import Collection, Enrolled
    from argus.core.matching import Gallery


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "people",
        summary="list, show, search, rename and delete those enrolled",
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
            argus people --collection people delete ada-lovelace
        """,
    )
    add_collection_option(parser)
    add_key_options(parser)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    listing = _add(actions, "list", "everybody: id, name, category, number of photos, look-alikes")
    listing.set_defaults(run=_list)
    show = _add(actions, "show", "one person: the photos, how like each other they are, and who is nearest")
    show.add_argument("person", metavar="PERSON")
    show.set_defaults(run=_show)
    search = _add(actions, "search", "who is nearest to a face: one that is enrolled, or those of a picture")
    what = search.add_mutually_exclusive_group(required=True)
    what.add_argument("--face", metavar="ID", help="a face's id or its beginning, as `show` prints it")
    what.add_argument("--image", type=Path, metavar="FILE", help="a picture")
    search.set_defaults(run=_search)
    for action in (show, search):
        add_rate_option(action, purpose="for the thresholds: ")
    rename = _add(actions, "rename", "call somebody otherwise; the id stays")
    rename.add_argument("person", metavar="PERSON")
    rename.add_argument("name", metavar="NAME")
    rename.set_defaults(run=_rename)
    delete = _add(actions, "delete", "erase somebody, from older versions of the collection too")
    delete.add_argument("person", metavar="PERSON")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.set_defaults(run=_delete)


def _add(actions: Subparsers, name: str, summary: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
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


def _delete(arguments: argparse.Namespace) -> int:
    from argus.device.adapters.clock import SystemClock
    from argus.device.records.folder import erase_person_records
    from argus.device.state import state_path
    from argus.storage.erasing import erase_person
    from argus.storage.open_versions import open_versions

    repository = opened(arguments, changes=True)
    enrolled = _find(repository.load().collection, arguments.person)
    person, count = enrolled.person, len(enrolled.faces)
    if not arguments.yes and not _agreed(f"Delete {person.name} ({person.id}) with {count} enrolled faces? [y/N] "):
        print_note("argus: nothing was deleted")
        return ExitCode.REFUSED
    erase_person(
        opened_store(arguments.collection),
        open_versions(arguments.collection),
        person.id,
        SystemClock().now,
        signers=signers(arguments),
        trust=believed(arguments),
    )
    left = len(repository.load().collection)
    visits = erase_person_records(state_path(), person.id, arguments.collection)
    if arguments.json:
        print_json({"id": person.id, "name": person.name, "faces": count, "visits": visits})
    else:
        print_text(f"{person.id} is deleted, with {count} face{'' if count == 1 else 's'}; {left} enrolled")
    print_note(
        f"argus: the records of {visits} visits were erased too; what is left elsewhere: the photos themselves, other "
        "devices' records until they expire, and copies of the collection until they are synced"
    )
    return ExitCode.DONE


def _agreed(question: str) -> bool:
    from argus.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask whether to delete: say --yes")
    print(printable(question), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _find(collection: Collection, text: str) -> Enrolled:
    from argus.cli.meant import find_enrolled

    return find_enrolled(collection, text, "`argus people list` shows everybody")


def _gallery(people: Sequence[Enrolled]) -> Gallery:
    from argus.core.matching import Gallery
    from argus.enrolment.compose import photo_calibration

    return Gallery(people, photo_calibration())
