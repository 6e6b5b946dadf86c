"""How a command describes itself, so that every ``--help`` reads the same."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias, TypeVar

from argus.cli.output import printable

Subparsers: TypeAlias = "argparse._SubParsersAction[Parser]"
"""What a command's ``add_parser`` is given; generic for type checkers only, hence the quotes."""

Number = TypeVar("Number", int, float)


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


def add_collection_option(
    parser: argparse.ArgumentParser, purpose: str = "where `argus enrol` put it", *, required: bool = True
) -> None:
    """``--collection``: the place of a collection, a folder or one in S3, as text."""
    help_ = f"{purpose}: a folder, or s3://bucket/prefix"
    parser.add_argument("--collection", required=required, metavar="PLACE", help=help_)


def add_state_option(parser: argparse.ArgumentParser) -> None:
    """``--state``: the folder that :func:`argus.device.state.state_path` is asked for."""
    parser.add_argument(
        "--state", type=Path, metavar="DIR",
        help="where records and strangers are kept (default: $ARGUS_STATE, or else ~/.local/state/argus)",
    )  # fmt: skip


def add_rate_option(parser: argparse.ArgumentParser, *, of: str = "strangers", purpose: str = "") -> None:
    """``--false-alarm-rate``: how many strangers may be given somebody's name.

    Args:
        of: what the rate is a share of.
        purpose: what it is used for, where that is not all the command does.
    """
    parser.add_argument(
        "--false-alarm-rate", type=float, default=0.01, metavar="R",
        help=f"{purpose}wanted share of {of} given somebody's name (default: %(default)s)",
    )  # fmt: skip


def add_source_option(parser: argparse.ArgumentParser, purpose: str = "", *, required: bool = False) -> None:
    """``--source``: what :func:`argus.device.adapters.open_source.open_source` opens."""
    parser.add_argument(
        "--source", required=required, metavar="SRC",
        help=f"{purpose}USB index, RTSP or HTTP URL, GStreamer pipeline (gst: ...), video file, or folder of pictures",
    )  # fmt: skip


def add_images_argument(parser: argparse.ArgumentParser) -> None:
    """The pictures that a command looks at, one or more."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="a picture")


def add_interval_option(parser: argparse._ActionsContainer, name: str) -> None:
    """How often a place is asked whether its collection has changed."""
    parser.add_argument(
        name, type=number(float, lambda seconds: 1 <= seconds <= 86400, "a sync interval has 1 to 86400 seconds"),
        default=60.0, metavar="SECONDS",
        help="how often it is looked whether PLACE has changed (default: %(default)g)",
    )  # fmt: skip


def add_thing_option(parser: argparse.ArgumentParser) -> None:
    """``--thing``: the name of :func:`argus.device.thing.default_thing`, said otherwise."""
    parser.add_argument(
        "--thing", type=_thing, metavar="NAME",
        help="what this device is called where it confirms at PLACE which version it uses, in devices/NAME.json"
        " (default: $AWS_IOT_THING_NAME, or else the host's name)",
    )  # fmt: skip


def _thing(text: str) -> str:
    from argus.core.topics import thing_name

    try:
        return thing_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def number(convert: Callable[[str], Number], fits: Callable[[Number], bool], rule: str) -> Callable[[str], Number]:
    """The ``type`` of an option that takes some numbers only.

    Args:
        convert: ``int`` or ``float``.
        fits: which numbers; not-a-number fits nothing.
        rule: what is expected, as the message begins that says what was given instead.
    """

    def parse(text: str) -> Number:
        try:
            value = convert(text)
        except ValueError:
            value = None
        if value is None or not fits(value):
            raise argparse.ArgumentTypeError(f"{rule}, not {text!r}")
        return value

    return parse


def _indented(text: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in text.strip().splitlines())
