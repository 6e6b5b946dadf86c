"""``argus doctor``: what is wrong with this machine, and what to do about it."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

from argus.cli.opening import add_read_options, believed
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import (
    Subparsers,
    add_command,
    add_json_option,
    add_source_option,
    add_state_option,
)

if TYPE_CHECKING:
    from argus.device.doctor.finding import Finding

_WIDTH = 110
_INDENT = 20


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "doctor",
        summary="look this machine over and say what to mend",
        description=(
            "Looks at Python, packages, models, the processor, cameras, rights, disk and clock. What has to be mended\n"
            "is a fault and comes with what to do; then the exit code is 1. A note is good to know."
        ),
        examples="""
            argus doctor
            argus doctor --collection people --source rtsp://camera.local/stream
            argus doctor --collection s3://bucket/staff --trust staff.key.pub
            argus doctor --json
        """,
    )
    add_read_options(parser, "look at this collection too", required=False)
    add_source_option(parser, "open this too: ")
    add_state_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.device.doctor.examine import examine
    from argus.device.doctor.finding import State
    from argus.device.state import state_path

    policy = believed(arguments) if arguments.collection else None
    faults = 0
    for finding in examine(state_path(arguments.state), arguments.collection, arguments.source, trust=policy):
        faults += finding.state is State.FAULT
        if arguments.json:
            print_json(
                {
                    "topic": finding.topic,
                    "state": finding.state.value,
                    "what": finding.what,
                    "remedy": finding.remedy,
                }
            )
        else:
            for line in lines(finding):
                print_text(line)
    if not arguments.json:
        print_text()
        print_text("All is well." if not faults else f"{faults} thing{'' if faults == 1 else 's'} to mend.")
    return ExitCode.REFUSED if faults else ExitCode.DONE


def lines(finding: Finding) -> list[str]:
    """A finding for people; the remedy on lines of its own, behind an arrow."""
    state = finding.state.value.upper() if finding.state == "fault" else finding.state.value
    shown = textwrap.wrap(
        finding.what,
        _WIDTH,
        initial_indent=f"{finding.topic:<12} {state:<6} ",
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if finding.remedy is not None:
        shown += textwrap.wrap(
            finding.remedy,
            _WIDTH,
            initial_indent=" " * _INDENT + "-> ",
            subsequent_indent=" " * (_INDENT + 3),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return shown
