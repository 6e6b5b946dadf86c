"""``argus correct``: says what a visit really was."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from argus.cli.keys import add_key_options
from argus.cli.opening import opened
from argus.cli.output import ExitCode, print_error, print_json, print_note, print_text, who
from argus.cli.parsers import Subparsers, add_collection_option, add_command, add_json_option, add_state_option

if TYPE_CHECKING:
    from argus.core.collection import Collection
    from argus.core.grounds import Grounds
    from argus.core.types import Person
    from argus.device.records.correcting import Corrected
    from argus.device.records.store import RecordStore


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "correct",
        summary="say what a visit really was, and learn from it",
        description=(
            "Corrects the record of a visit that `argus watch` has kept; what was decided first stays beside it.\n"
            "Somebody who was named wrongly gets a stricter threshold; nothing of the stranger's face is put into the\n"
            "collection. With --enrol the visit's best picture is added to the person whom it shows, after the same\n"
            "checks as any photo. Correcting again takes back what the correction before did."
        ),
        examples="""
            argus correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --not-them
            argus correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --is "Ada Lovelace" --enrol
            argus correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --new "Grace Hopper" --enrol
            argus correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --not-them --collection s3://bucket/staff
            argus correct 018cc4e5-2750-74a4-bab7-f4d481b33c34 --erase
        """,
    )
    parser.add_argument("event_id", metavar="EVENT_ID", help="an event's or a visit's id, or its end")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--not-them", action="store_true", help="it was nobody who is enrolled")
    what.add_argument("--is", dest="person", metavar="PERSON", help="it was this enrolled person: an id or a name")
    what.add_argument("--new", metavar="NAME", help="it was somebody of this name, who is not enrolled yet")
    what.add_argument("--erase", action="store_true", help="forget the visit, with its pictures and its events")
    parser.add_argument("--enrol", action="store_true", help="add the visit's best picture to the person")
    parser.add_argument("--force", action="store_true", help="enrol the picture against what speaks against it")
    add_collection_option(parser, "the collection (default: the one of the visit)", required=False)
    add_key_options(parser)
    add_state_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.core.errors import UsageError
    from argus.device.adapters.clock import SystemClock
    from argus.device.records.correcting import Corrector
    from argus.device.records.folder import open_records
    from argus.enrolment.compose import photo_analyser
    from argus.storage.open_store import absolute_place
    from argus.vision.calibration_file import load_calibration
    from argus.vision.model_store import ModelStore

    if arguments.enrol and (arguments.not_them or arguments.erase):
        raise UsageError("--enrol needs to know whom the picture shows: say --is PERSON or --new NAME")
    with open_records(arguments.state, SystemClock().now()) as store:
        record = store.find(arguments.event_id)
        if arguments.erase:
            return _erase(store, record.id, as_json=arguments.json)
        place = absolute_place(arguments.collection or record.collection)
        repository = opened(arguments, place, changes=True)
        corrector = Corrector(
            store,
            place=place,
            repository=repository,
            calibration=load_calibration(ModelStore()),
            analyser=photo_analyser,
            now=SystemClock().now,
        )
        person = _person(arguments, repository.load().collection)
        corrected = corrector.correct(record, person, enrol=arguments.enrol, force=arguments.force)
    if arguments.json:
        print_json(_record(corrected))
    else:
        _tell(corrected)
    return ExitCode.REFUSED if corrected.refused else ExitCode.DONE


def _person(arguments: argparse.Namespace, collection: Collection) -> Person | None:
    from argus.cli.meant import find_enrolled
    from argus.enrolment.naming import DEFAULT_CATEGORY, check_same_name, person_of

    if arguments.person is not None:
        return find_enrolled(collection, arguments.person, "--new NAME names somebody new").person
    if arguments.new is None:
        return None
    person = person_of(arguments.new, DEFAULT_CATEGORY)
    present = collection.find(person.id)
    if present is None:
        return person
    check_same_name(present.person, person)
    return present.person


def _erase(store: RecordStore, visit_id: str, *, as_json: bool) -> int:
    store.erase(visit_id)
    if as_json:
        print_json({"visit_id": visit_id, "erased": True})
    else:
        print_text(f"the record of visit {visit_id} is erased; what corrections did to a collection stays")
    return ExitCode.DONE


def _tell(corrected: Corrected) -> None:
    from argus.core.explaining import summary

    who = corrected.person.name if corrected.person else "nobody who is enrolled"
    if not corrected.changed:
        print_text(f"the record says so already: it was {who}")
    else:
        print_text(f"corrected: it was {who}")
    for sentence in corrected.done:
        print_text(f"- {sentence}")
    if corrected.before is not None and corrected.after is not None:
        print_text(f"before: {summary(corrected.before)}")
        print_text(f"now:    {summary(corrected.after)}")
    if corrected.refused is not None:
        print_error(f"the picture was not enrolled: {corrected.refused}")
    if corrected.done:
        print_note("argus: a watch that is running takes this up when it is started again")


def _record(corrected: Corrected) -> dict[str, Any]:
    named, person = corrected.record.named, corrected.person
    return {
        "visit_id": corrected.record.id,
        "changed": corrected.changed,
        "decided": {"outcome": corrected.record.outcome.value, "person": who(named)},
        "corrected": {"person": who(person)},
        "done": list(corrected.done),
        "refused": corrected.refused,
        "before": _effect(corrected.before),
        "now": _effect(corrected.after),
    }


def _effect(grounds: Grounds | None) -> dict[str, Any] | None:
    if grounds is None:
        return None
    best = grounds.best
    return {
        "outcome": grounds.outcome.value,
        "reason": grounds.reason.value if grounds.reason else None,
        "nearest": who(best.person) if best else None,
        "over_threshold_by": best.excess if best else None,
    }
