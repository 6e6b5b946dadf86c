"""The ``argus`` command: one module a subcommand, one place where errors become exit codes.

A subcommand's module imports nothing heavy at its top (numpy and the models come in when it runs),
so that ``argus --help`` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from argus import __version__
from argus.cli import (
    cloud,
    collection,
    correct,
    device,
    doctor,
    enrol,
    evaluate,
    explain,
    identify,
    inspect,
    people,
    sync,
    watch,
)
from argus.cli.demo import command as demo
from argus.cli.output import ExitCode, hide_line, print_error, use_log, use_utf8
from argus.cli.parsers import Parser, Subparsers
from argus.core.errors import ArgusError

COMMANDS: tuple[Callable[[Subparsers], None], ...] = (
    enrol.add_parser,
    identify.add_parser,
    people.add_parser,
    watch.add_parser,
    device.add_parser,
    sync.add_parser,
    explain.add_parser,
    correct.add_parser,
    inspect.add_parser,
    evaluate.add_parser,
    collection.add_parser,
    cloud.add_parser,
    doctor.add_parser,
    demo.add_parser,
)
"""``add_parser`` of every subcommand, in the order of ``argus --help``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code (see :class:`argus.cli.output.ExitCode`)."""
    use_utf8()
    use_log()
    arguments = build_parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ArgusError as error:
        print_error(str(error))
        return ExitCode.WRONG_USE
    except KeyboardInterrupt:
        print_error("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _give_up_stdout()
        return ExitCode.READER_GONE
    except OSError as error:
        # The machine refuses what no part of the program asked about: a locked folder, a full disk under stdout.
        reason = error.strerror or str(error)
        if error.filename is None:
            print_error(f"the output cannot be written or a resource is lacking ({reason}): make room and run it again")
            _give_up_stdout()
        else:
            print_error(f"{os.fsdecode(error.filename)}: {reason}; check the path, its rights and the disk")
        return ExitCode.WRONG_USE
    finally:
        hide_line()


def _give_up_stdout() -> None:
    """The interpreter flushes stdout once more as it exits; that must not fail as well."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command."""
    parser = Parser(
        prog="argus",
        description="Recognises people at the edge.",
        epilog="exit codes: 0 done, 1 finished but something was refused, 2 wrong use",
    )
    parser.add_argument("--version", action="version", version=f"argus {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for add_parser in COMMANDS:
        add_parser(subparsers)
    return parser


if __name__ == "__main__":
    sys.exit(main())
