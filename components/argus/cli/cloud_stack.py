"""The stack that a command of ``argus cloud`` works with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from argus.core.errors import UsageError

if TYPE_CHECKING:
    from cloud_lambdas.console.stack import Stack


def add_stack_option(parser: argparse.ArgumentParser) -> None:
    """``--stack``; region and credentials are those of the AWS CLI."""
    parser.add_argument(
        "--stack", default="argus", metavar="NAME", help="what scripts/deploy called it (default: %(default)s)"
    )


@contextmanager
def stack_of(arguments: argparse.Namespace) -> Iterator[Stack]:
    """The stack of ``--stack``. Whatever AWS refuses within becomes one sentence.

    Raises:
        UsageError: there is no such stack, or this is not a checkout.
        CloudError: AWS refuses something, or cannot be reached.
    """
    try:
        from cloud_lambdas.console.errors import reported
        from cloud_lambdas.console.stack import find_stack
    except ModuleNotFoundError as error:
        raise UsageError(f"this needs a checkout with the extra 'cloud' ({error.name} is missing)") from error
    with reported():
        yield find_stack(arguments.stack)
