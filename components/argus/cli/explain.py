"""``argus explain``: why a visit or a picture came to what it came to."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.opening import add_read_options, opened
from argus.cli.output import ExitCode, print_json, print_note, print_text
from argus.cli.parsers import (
    Subparsers,
    add_command,
    add_json_option,
    add_rate_option,
    add_state_option,
)

if TYPE_CHECKING:
    from argus.cli.explaining import Explanation
    from argus.core.matching import Gallery

_LISTED = 20


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "explain",
        summary="say why a visit or a picture came to what it came to",
        description=(
            "Shows the pictures that were looked at, their quality, the nearest people and their thresholds, which\n"
            "gate decided, and what would change it: for a visit that `argus watch` has kept, by the id of one of\n"
            "its events, or for a picture. Without either it lists the newest visits."
        ),
        examples="""
            argus explain
            argus explain 018cc4e5-2750-74a4-bab7-f4d481b33c34 --html why.html
            argus explain visitor.jpg --collection people
            argus explain visitor.jpg --collection s3://bucket/staff --trust staff.key.pub
        """,
    )
    parser.add_argument(
        "subject", nargs="?", metavar="EVENT_ID|IMAGE", help="an event's or a visit's id, or its end; or a picture"
    )
    add_read_options(parser, "compare with these people as they are now; needed for a picture", required=False)
    parser.add_argument("--html", type=Path, metavar="OUT.html", help="write one self-contained page")
    add_rate_option(parser, purpose="for a picture: ")
    add_state_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.cli.explain_json import as_json
    from argus.cli.explain_page import page
    from argus.cli.explain_text import as_text
    from argus.core.errors import UsageError
    from argus.storage.folder import write_whole

    if arguments.subject is None:
        return _list(arguments)
    path = Path(arguments.subject)
    if path.suffix and not path.exists():
        raise UsageError(f"there is no picture at {path}: check the path")
    explanations = _of_picture(path, arguments) if path.exists() else [_of_visit(arguments)]
    if arguments.html is not None:
        try:
            write_whole(arguments.html, page(explanations).encode())
        except OSError as error:
            raise UsageError(f"{arguments.html} cannot be written: {error.strerror}") from error
        print_note(f"argus: {arguments.html} shows faces: delete it when it is no longer needed")
    for explanation in explanations:
        if arguments.json:
            print_json(as_json(explanation))
        else:
            for line in as_text(explanation):
                print_text(line)
            print_text()
    if not explanations:
        print_note(f"argus: no face was found in {path}")
    return ExitCode.DONE


def _list(arguments: argparse.Namespace) -> int:
    from argus.cli.explain_json import summary_json
    from argus.cli.explain_text import summary_line
    from argus.device.adapters.clock import SystemClock
    from argus.device.records.folder import open_records

    with open_records(arguments.state, SystemClock().now()) as store:
        visits = store.newest(_LISTED)
    for visit in visits:
        if arguments.json:
            print_json(summary_json(visit))
        else:
            print_text(summary_line(visit))
    if not visits:
        print_note(f"argus: there are no visits in {store.path}")
    return ExitCode.DONE


def _of_visit(arguments: argparse.Namespace) -> Explanation:
    from argus.cli.explaining import explain_visit
    from argus.device.adapters.clock import SystemClock
    from argus.device.records.folder import open_records

    with open_records(arguments.state, SystemClock().now()) as store:
        record = store.find(arguments.subject)
    return explain_visit(record, _gallery(arguments) if arguments.collection else None)


def _of_picture(path: Path, arguments: argparse.Namespace) -> list[Explanation]:
    from argus.cli.explaining import explain_picture
    from argus.core.errors import ImageError, UsageError
    from argus.enrolment.compose import photo_analyser

    if arguments.collection is None:
        raise UsageError(f"{path} is a picture: name the people to compare it with, with --collection PLACE")
    gallery = _gallery(arguments)
    warning = gallery.strictness(arguments.false_alarm_rate).warning
    if warning:
        print_note(f"argus: {warning}")
    try:
        return explain_picture(path, photo_analyser(), gallery, arguments.false_alarm_rate)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error


def _gallery(arguments: argparse.Namespace) -> Gallery:
    from argus.device.sync.gallery import recognised
    from argus.vision.calibration_file import load_calibration
    from argus.vision.model_store import ModelStore

    return recognised([opened(arguments).load()], load_calibration(ModelStore())).gallery
