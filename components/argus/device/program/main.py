"""From the command line to a program that runs, and to its exit code."""

from __future__ import annotations

import argparse
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from argus.core.errors import ArgusError, UsageError
from argus.device.program.options import DESCRIPTION, EXAMPLES, Options, add_options, read_options

if TYPE_CHECKING:
    from argus.device.settings.model import LogSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """``python -m argus.device``; the exit codes are in :mod:`argus.device.program.options`."""
    examples = "\n".join(f"  python -m argus.device {example}" for example in EXAMPLES)
    parser = argparse.ArgumentParser(
        prog="python -m argus.device",
        description=DESCRIPTION,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    found = parser.parse_args(arguments)
    try:
        options = read_options(found)
    except UsageError as error:
        parser.error(str(error))
    return run(options)


def run(options: Options) -> int:
    """Runs the program, or checks whether it can."""
    from argus.device.program.check import check  # noqa: PLC0415 - numpy and the networks' runtimes

    return check(options) if options.check else _run(options)


def _run(options: Options) -> int:
    from argus.device.adapters.clock import SystemClock  # noqa: PLC0415
    from argus.device.program.alone import alone  # noqa: PLC0415
    from argus.device.program.clocks import Clocks, boot_id  # noqa: PLC0415
    from argus.device.program.logs import use_logs  # noqa: PLC0415
    from argus.device.program.program import ExitCode, Program  # noqa: PLC0415
    from argus.device.program.surroundings import surroundings  # noqa: PLC0415
    from argus.device.settings.model import LogSettings  # noqa: PLC0415
    from argus.device.state import state_directory  # noqa: PLC0415
    from argus.device.transport import TransportLost  # noqa: PLC0415
    from argus.vision.networks import Networks  # noqa: PLC0415

    log, say = use_logs(LogSettings(format="json" if options.json else "text")), logging.getLogger(__name__)
    try:
        folder = state_directory(options.state)
        with alone(folder):
            networks = Networks.load()
            around = surroundings(options)
            configure = _always_json(log.configure) if options.json else log.configure
            return Program(around, folder, networks, configure, Clocks(SystemClock(), boot_id())).run()
    except TransportLost as lost:
        say.error("%s", lost)
        return ExitCode.LOST
    except ArgusError as error:
        say.error("%s", error)
        return ExitCode.WRONG_USE if isinstance(error, UsageError) else ExitCode.BUG
    except KeyboardInterrupt:
        return 128 + signal.SIGINT  # before the program itself listens to it


def _always_json(configure: Callable[[LogSettings], None]) -> Callable[[LogSettings], None]:
    return lambda settings: configure(replace(settings, format="json"))
