"""``argus device``: the program of a device, on a laptop or wherever there is no nucleus."""

from __future__ import annotations

import argparse

from argus.cli.parsers import Subparsers, add_command
from argus.device.program.options import DESCRIPTION, EXAMPLES, SUMMARY, add_options, read_options


def add_parser(subparsers: Subparsers) -> None:
    examples = "\n".join(f"argus device {example}" for example in EXAMPLES)
    parser = add_command(subparsers, "device", summary=SUMMARY, description=DESCRIPTION, examples=examples)
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.device.program.main import run as run_program

    return run_program(read_options(arguments))
