"""``argus cloud redrive``: what could not be handled goes back to where it came from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.output import ExitCode, print_json, print_note, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option
from argus.cli.progress import counting
from argus.core.canonical import time_text

if TYPE_CHECKING:
    from cloud_lambdas.console.letters import Held
    from cloud_lambdas.shared.redrive import DeadLetter


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "redrive",
        summary="show dead letters, and move them back",
        description=(
            "Shows each message that could not be handled, with its reason, and moves it back to its queue, where it\n"
            "is handled again. Mend the reason first, or it comes back here. A message whose body was cut can only be\n"
            "read. Bodies hold personal data: they are shown with --show alone."
        ),
        examples="""
            argus cloud redrive all --dry-run
            argus cloud redrive visits --dry-run --show
            argus cloud redrive visits --reason "not an event"
            argus cloud redrive alerts --json
        """,
    )
    parser.add_argument("queue", help="photos, changes, visits, statuses, alerts, or all", metavar="QUEUE")
    parser.add_argument("--dry-run", action="store_true", help="show them, move nothing")
    parser.add_argument("--reason", default="", metavar="TEXT", help="only those whose reason holds this text")
    parser.add_argument("--show", action="store_true", help="show their bodies, which hold personal data")
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    moved = stayed = 0
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.letters import QUEUES, held

        for queue in QUEUES if arguments.queue == "all" else (arguments.queue,):
            with held(stack, queue) as here:
                went, left = _one_queue(here, arguments)
            moved, stayed = moved + went, stayed + left
            if here.may_be_more:
                print_note(f"argus: {queue}: there may be more of them; run the same again")
    if arguments.json:
        print_json({"kind": "redrive", "moved": moved, "stayed": stayed})
    elif arguments.dry_run or moved + stayed == 0:
        print_text(f"{_count(stayed)}; nothing was moved." if stayed else "There are no dead letters of that kind.")
    else:
        print_text(f"{_count(moved)} moved back, {stayed} stayed.")
    return ExitCode.REFUSED if stayed and not arguments.dry_run else ExitCode.DONE


def _one_queue(here: Held, arguments: argparse.Namespace) -> tuple[int, int]:
    """How many moved, and how many of those that were wanted stayed."""

    def wanted(letter: DeadLetter) -> bool:
        return arguments.reason.casefold() in letter.reason.casefold()

    staying = [letter for letter in here.letters if wanted(letter) and (arguments.dry_run or not letter.whole)]
    for letter in staying:
        _print(here.queue, letter, arguments, moved=False)
    if arguments.dry_run:
        return 0, len(staying)
    going = len(list(filter(wanted, here.letters))) - len(staying)
    with counting(going, f"messages of {here.queue}") as count:
        for letter in here.move_back(wanted):
            count()
            _print(here.queue, letter, arguments, moved=True)
    return going, len(staying)


def _print(queue: str, letter: DeadLetter, arguments: argparse.Namespace, *, moved: bool) -> None:
    if arguments.json:
        print_json(
            {
                "kind": "letter",
                "queue": queue,
                "message_id": letter.message_id,
                "sent_at": time_text(letter.sent_at),
                "thing": letter.thing,
                "reason": letter.reason,
                "whole": letter.whole,
                "moved": moved,
                **({"body": letter.body} if arguments.show else {}),
            }
        )
        return
    what = "moved" if moved else "stays" if letter.whole else "cut  "
    thing = f" {letter.thing}:" if letter.thing else ""
    print_text(f"{what} {queue} {time_text(letter.sent_at)}{thing} {letter.reason} ({letter.message_id})")
    if arguments.show:
        from cloud_lambdas.console.letters import readable

        for line in readable(letter.body).splitlines():
            print_text(f"      {line}")


def _count(messages: int) -> str:
    return f"{messages} message{'' if messages == 1 else 's'}"
