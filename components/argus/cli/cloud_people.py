"""``argus cloud people``: whom the cloud knows; made, shown, changed and erased."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from argus.cli.cloud_erase import add_erase_options, erase
from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.output import ExitCode, print_json, print_note, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option, number

if TYPE_CHECKING:
    from cloud_lambdas.console.people import Shown
    from cloud_lambdas.shared.person import PersonRecord

_TOLD = ("category", "phone", "email", "note")


def add_people(subparsers: Subparsers) -> None:
    """``argus cloud people`` with its actions."""
    parser = add_command(
        subparsers,
        "people",
        summary="list, show, add, change and erase whom the cloud knows",
        description=(
            "Works on a deployed stack, with the credentials of the AWS CLI. PERSON is an id, or a name as it was\n"
            "given. What is changed reaches the devices soon."
        ),
        examples="""
            argus cloud people list
            argus cloud people add "Maria Silva" --category resident --phone "+351 900 000 000"
            argus cloud people change maria-silva --note "allergic to dogs" --email ""
            argus cloud people erase maria-silva --wait 600 --receipt maria.json
        """,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    _add_list(actions)
    _add_show(actions)
    _add_add(actions)
    _add_rename(actions)
    _add_change(actions)
    _add_erase(actions)


def _add_list(actions: Subparsers) -> None:
    parser = add_command(
        actions,
        "list",
        summary="everybody, by id",
        description="Lists people by id, some at a time; --after takes the last id of the page before.",
        examples="""
            argus cloud people list
            argus cloud people list --limit 500 --after maria-silva --json
        """,
    )
    most = number(int, lambda count: 1 <= count <= 10_000, "a page has 1 to 10000 people")
    parser.add_argument("--limit", type=most, default=100, metavar="N", help="at most so many (default: %(default)s)")
    parser.add_argument("--after", default="", metavar="ID", help="those whose id comes after this one")
    _finish(parser, _list)


def _add_show(actions: Subparsers) -> None:
    parser = add_command(
        actions,
        "show",
        summary="one person: how to reach them, and their photos with the verdicts",
        description="Shows all that is kept of a person but the vectors and where they were seen.",
        examples="argus cloud people show maria-silva",
    )
    _add_person(parser)
    _finish(parser, _show)


def _add_add(actions: Subparsers) -> None:
    parser = add_command(
        actions,
        "add",
        summary="somebody new",
        description="Makes a person; their photos then go to people/ID/ in the photos bucket.",
        examples="""
            argus cloud people add "Maria Silva" --category resident
            argus cloud people add "John Doe" --category missing --phone +351900000000 --note "call his sister first"
        """,
    )
    parser.add_argument("name", metavar="NAME")
    _add_contact(parser)
    _finish(parser, _add)


def _add_rename(actions: Subparsers) -> None:
    parser = add_command(
        actions,
        "rename",
        summary="call somebody otherwise; the id stays",
        description="Gives somebody another name. The id, and what photos are found by, stay.",
        examples='argus cloud people rename maria-silva "Maria Santos"',
    )
    _add_person(parser)
    parser.add_argument("name", metavar="NAME")
    _finish(parser, _rename)


def _add_change(actions: Subparsers) -> None:
    parser = add_command(
        actions,
        "change",
        summary="another category, phone, e-mail address or note",
        description="Changes what is named and leaves the rest. An empty phone, e-mail address or note is taken away.",
        examples="""
            argus cloud people change maria-silva --category customer
            argus cloud people change maria-silva --phone "+351 900 000 000" --note ""
        """,
    )
    _add_person(parser)
    _add_contact(parser)
    _finish(parser, _change)


def _add_erase(actions: Subparsers) -> None:
    parser = add_command(
        actions,
        "erase",
        summary="erase somebody for good, with a receipt of it",
        description=(
            "Takes somebody out of photos, faces, the collection with all its versions, sightings, pictures, audit\n"
            "and dead letters. Waits for the publisher and the devices, looks again, and prints what was removed,\n"
            "who has confirmed and what remains. It takes a minute. Interrupted, run it again: it goes on. Of\n"
            "somebody who has left already the id is enough."
        ),
        examples="""
            argus cloud people erase maria-silva --receipt maria.json
            argus cloud people erase maria-silva --yes --wait 600 --json
        """,
    )
    add_erase_options(parser)
    _finish(parser, erase)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def _add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("person", metavar="PERSON", help="an id or a name")


def _add_contact(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", metavar="WORD", help="such as resident, customer or missing; alerts differ by it")
    parser.add_argument("--phone", metavar="NUMBER", help="with the country's code: +351 900 000 000")
    parser.add_argument("--email", metavar="ADDRESS")
    parser.add_argument("--note", metavar="TEXT", help="a line for whoever reads an alert")


def _said(arguments: argparse.Namespace) -> dict[str, str]:
    return {name: value for name in _TOLD if (value := getattr(arguments, name)) is not None}


def _list(arguments: argparse.Namespace) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.people import open_people

        found, is_more = open_people(stack).listed(arguments.limit, arguments.after)
    for one in found:
        _print(one, as_json=arguments.json)
    if is_more:
        print_note(f"argus: there are more: --after {found[-1].id}")
    return ExitCode.DONE


def _show(arguments: argparse.Namespace) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.people import open_people

        shown = open_people(stack).show(arguments.person)
    if arguments.json:
        print_json({**_record(shown.record), **_photos(shown)})
        return ExitCode.DONE
    for name, value in _record(shown.record).items():
        print_text(f"{name:9}{value}")
    count = len(shown.faces)
    print_text(f"{'faces':9}{count if count else 'none: put photos at people/' + shown.record.id + '/'}")
    for verdict in shown.verdicts:
        print_text(f"  {verdict.photo_key}: {verdict.sentence or verdict.verdict}")
    return ExitCode.DONE


def _add(arguments: argparse.Namespace) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.people import open_people

        made = open_people(stack).add(arguments.name, **_said(arguments))
        place = f"s3://{stack.output('PhotosBucket')}/people/{made.id}/"
    _print(made, as_json=arguments.json)
    print_note(f"argus: photos of {made.name} go to {place}")
    return ExitCode.DONE


def _rename(arguments: argparse.Namespace) -> int:
    return _changed(arguments, {"name": arguments.name})


def _change(arguments: argparse.Namespace) -> int:
    return _changed(arguments, _said(arguments))


def _changed(arguments: argparse.Namespace, changes: dict[str, str]) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.people import open_people

        changed = open_people(stack).change(arguments.person, changes)
    _print(changed, as_json=arguments.json)
    return ExitCode.DONE


def _print(record: PersonRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(_record(record))
        return
    told = ", ".join(value for name, value in _record(record).items() if name in _TOLD)
    print_text(f"{record.id}: {record.name or record.id} ({told})")


def _record(record: PersonRecord) -> dict[str, str]:
    told = {name: getattr(record, name) for name in ("id", "name", *_TOLD)}
    return {name: value for name, value in told.items() if value is not None}


def _photos(shown: Shown) -> dict[str, object]:
    from argus.core.canonical import time_text

    return {
        "faces": [
            {
                "face_id": one.face.face_id,
                "model_id": one.model_id,
                "quality": one.quality,
                "photos": sorted(one.photos),
            }
            for one in shown.faces
        ],
        "photos": [
            {
                "key": one.photo_key,
                "verdict": one.verdict,
                "reason": one.reason,
                "sentence": one.sentence,
                "at": time_text(one.at),
            }
            for one in shown.verdicts
        ],
    }
