"""``argus cloud command``: tells a device what to do, and waits for its answer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.output import ExitCode, print_json, print_note, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option, number
from argus.core.canonical import time_text

if TYPE_CHECKING:
    from cloud_lambdas.shared.device_commands import CommandState


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "command",
        summary="tell a device what to do, and wait for its answer",
        description=(
            "sync: look for a new version of the collections now. snapshot: send a picture of --camera. log-level:\n"
            "log at --level, for --minutes. preview: serve the preview for --minutes, or end it with --off. The exit\n"
            "code is 1 where the device did not answer in time, or could not do it."
        ),
        examples="""
            argus cloud command hall-1 sync
            argus cloud command hall-1 snapshot --camera door
            argus cloud command hall-1 log-level --level debug --minutes 10
            argus cloud command hall-1 preview --off --wait 20
        """,
    )
    parser.add_argument("thing", metavar="THING", help="the device's thing name; `argus cloud devices` lists them")
    parser.add_argument("name", metavar="COMMAND", choices=("sync", "snapshot", "log-level", "preview"),
                        help="%(choices)s")  # fmt: skip
    parser.add_argument("--camera", metavar="ID", help="of a snapshot")
    parser.add_argument("--level", choices=("debug", "info", "warning", "error"), help="of the log")
    parser.add_argument("--minutes", metavar="N", help="for how long")
    parser.add_argument("--off", action="store_true", help="end the preview")
    parser.add_argument(
        "--wait", type=number(int, lambda wait: 1 <= wait <= 86_400, "a wait is 1 to 86400 seconds"),
        metavar="SECONDS", help="for the answer; later the device does nothing (default: what such a command takes)",
    )  # fmt: skip
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    given = {name: getattr(arguments, name) for name in ("camera", "level", "minutes")}
    said = {name: value for name, value in given.items() if value is not None}
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.fleet import Fleet

        fleet = Fleet(stack)
        sent = fleet.send(
            arguments.thing, arguments.name, said | ({"off": "true"} if arguments.off else {}), arguments.wait
        )
        print_note(f"argus: {sent.command_id}: asked; an answer comes by {time_text(sent.deadline)}, or none")
        became = fleet.settled(sent)
    if arguments.json:
        print_json(_as_json(became))
    else:
        print_text(_sentence(became))
        for name, value in became.result.items():
            print_text(f"  {name}: {value}")
    done = became.state == "replied" and became.outcome == "done"
    return ExitCode.DONE if done else ExitCode.REFUSED


def _as_json(became: CommandState) -> dict[str, object]:
    from argus.core.wire import message_value

    return {"kind": "command", **message_value(became)}


def _sentence(became: CommandState) -> str:
    what = f"{became.thing}: {became.command}"
    why = f": {became.message}" if became.message else ""
    if became.state == "not_delivered":
        return f"{what} was not delivered: no answer came; see whether the device is there with `argus cloud devices`"
    if became.state == "not_sent":
        return f"{what} was not sent{why}"
    return f"{what} is {became.outcome}{' (late)' if became.state == 'replied_late' else ''}{why}"
