"""How a command describes itself, so that every ``--help`` reads the same."""

from __future__ import annotations

import argparse
from typing import NoReturn, TypeAlias

from argus.cli.output import printable

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"
"""What a command's ``add_parser`` is given; generic for type checkers only, hence the quotes."""


class Parser(argparse.ArgumentParser):
    """Repeats what was asked for, in its messages, as it is safe to print."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def add_command(subparsers: Subparsers, name: str, *, summary: str, description: str, examples: str) -> Parser:
    """Adds ``argus <name>`` and returns its parser.

    Args:
        subparsers: what ``add_parser`` of the command's module was given.
        name: the word after ``argus``.
        summary: a few words for the list in ``argus --help``.
        description: what the command does and prints, as it shall appear.
        examples: one command line a line; shown under the options.
    """
    return subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:\n{_indented(examples)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """``--json``, which every command understands in the same way."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line on stdout, logs on stderr")


def _indented(text: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in text.strip().splitlines())
