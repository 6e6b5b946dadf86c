"""``argus doctor``: what is wrong with this machine, and what to do about it."""

from __future__ import annotations

import argparse

from argus.cli.findings import report
from argus.cli.opening import add_read_options, believed
from argus.cli.parsers import (
    Subparsers,
    add_command,
    add_json_option,
    add_source_option,
    add_state_option,
)


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
    from argus.device.state import state_path

    policy = believed(arguments) if arguments.collection else None
    found = examine(state_path(arguments.state), arguments.collection, arguments.source, trust=policy)
    return report(found, as_json=arguments.json)
