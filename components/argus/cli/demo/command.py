"""``argus demo``: its options, and how it ends."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.output import ExitCode, print_error
from argus.cli.parsers import Subparsers, add_command, add_json_option, add_source_option
from argus.cli.previewing import port_number
from argus.core.errors import UsageError

if TYPE_CHECKING:
    from argus.cli.demo.stage import Play


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "demo",
        summary="cloud, device and camera on this machine: a photo in, an alert out",
        description=(
            "Runs the cloud's side on this machine without an account, and a device's program that follows its\n"
            "collection over MQTT. Puts a photo of Barack Obama into S3, then shows the device's camera a clip\n"
            "rendered from other portraits of him, and from one of Joe Biden, who is not enrolled. Prints what the\n"
            "device tells, and each alert as it would be sent. Over and over, with a page of what the camera sees;\n"
            "with --once the clip once, and then whether everything that should follow did (exit code 1: it did not).\n"
            "Ctrl-C, SIGTERM or a closed terminal ends it; nothing is left behind."
        ),
        examples="""
            argus demo
            argus demo --once --json
            argus demo --source 0
        """,
    )
    add_source_option(parser, "let the device watch this instead of the clip: ")
    parser.add_argument("--once", action="store_true", help="play the clip once, and judge what followed")
    parser.add_argument(
        "--preview", type=port_number, metavar="PORT",
        help="serve the page with the live picture on this port of 127.0.0.1; 0 takes a free one (default: 8642, or a"
        " free one; none with --once)",
    )  # fmt: skip
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.cli.demo.telling import Telling
    from argus.cli.ending import asked_to_end

    play = _play(arguments)
    try:
        from argus.cli.demo.stage import Ended, Stage
    except ModuleNotFoundError as error:
        raise UsageError(f"the demo needs a checkout: {error.name} is missing; run scripts/demo") from error
    with asked_to_end() as ended:
        try:
            problems = Stage(play, Telling(as_json=arguments.json), ended).perform()
        except Ended:
            return ExitCode.INTERRUPTED if arguments.once else ExitCode.DONE
        finally:
            gc.freeze()  # see `argus cloud local`: so the process ends at once
    for problem in problems:
        print_error(f"failed: {problem.flow}: {problem.reason}")
    return ExitCode.REFUSED if problems else ExitCode.DONE


def _play(arguments: argparse.Namespace) -> Play:
    """What is wanted; raises UsageError where that does not go together."""
    from argus.cli.demo.stage import Play
    from argus.device.adapters.source_kind import source_kind
    from models.portraits import fetch_portraits

    if arguments.source is not None:
        if arguments.once:
            raise UsageError("--once judges the demo's own clip: leave out --source or --once")
        if source_kind(arguments.source) == "path" and not Path(arguments.source).exists():
            raise UsageError(f"There is no file or folder at {arguments.source}: check the path.")
    return Play(fetch_portraits(), arguments.source, arguments.once, _preview_port(arguments))


def _preview_port(arguments: argparse.Namespace) -> int | None:
    """A port that was free a moment ago; None for no page; raises UsageError for one that cannot be had."""
    from argus.cli.previewing import is_free, usual_port
    from cloud_lambdas.local.broker import free_port

    wanted: int | None = arguments.preview
    if wanted is None:
        return None if arguments.once else usual_port() or free_port()
    if wanted and (wanted < 1024 or not is_free(wanted)):
        raise UsageError(f"the preview cannot be served on port {wanted}: choose one from 1024 on, or 0 for a free one")
    return wanted or free_port()
