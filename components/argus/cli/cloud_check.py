"""``argus cloud check``: whether a deployed stack is as it should be."""

from __future__ import annotations

import argparse

from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.findings import report
from argus.cli.parsers import Subparsers, add_command, add_json_option


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "check",
        summary="whether a deployed stack is as it should be",
        description=(
            "What to run after deploying: asks AWS for the state of everything that the stack is made of, with your\n"
            "own credentials, and changes nothing. What has to be mended is a fault and comes with what to do; then\n"
            "the exit code is 1. What these credentials may not look at is a fault, too. A note is good to know.\n"
            "--send has an unknown person seen by a device `argus-check`, which people who hear of strangers are told\n"
            "of, follows the event to its alert, and deletes the sighting and its audit objects again."
        ),
        examples="""
            argus cloud check
            argus cloud check --send
            argus cloud check --stack argus-test
            argus cloud check --json
        """,
    )
    parser.add_argument("--send", action="store_true", help="send a made-up event on the whole way; people are told")
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.check.examine import examine

        return report(examine(stack, send=arguments.send), as_json=arguments.json)
