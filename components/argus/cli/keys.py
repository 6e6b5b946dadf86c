"""The keys that a command signs with and those that it trusts: from its options, or from the environment."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argus.core.ports import Signer
    from argus.core.trust import TrustPolicy

SIGN_VARIABLE = "ARGUS_SIGN_WITH"
TRUST_VARIABLE = "ARGUS_TRUST"


def add_sign_option(parser: argparse.ArgumentParser) -> None:
    """``--sign-with``, for commands that change a collection."""
    parser.add_argument(
        "--sign-with", action="append", metavar="KEY",
        help="sign the change with this key file, or with kms:KEY_ID (an id, alias or ARN); may be given several times "
        f"(default: ${SIGN_VARIABLE}, separated by commas)",
    )  # fmt: skip


def add_trust_option(parser: argparse.ArgumentParser) -> None:
    """``--trust``, for commands that believe a collection."""
    parser.add_argument(
        "--trust", action="append", type=Path, metavar="PUBLIC_KEY",
        help="use the collection only if this key signed it, a .pub file of `argus collection keygen`; may be given "
        f"several times, any one of them is enough (default: ${TRUST_VARIABLE}, separated by commas)",
    )  # fmt: skip


def add_key_options(parser: argparse.ArgumentParser) -> None:
    """Both, for commands that change a collection."""
    add_sign_option(parser)
    add_trust_option(parser)


def signers(arguments: argparse.Namespace) -> tuple[Signer, ...]:
    """The keys of :func:`add_sign_option`; none when none is named.

    Raises:
        SigningError: one cannot be used.
    """
    named = arguments.sign_with or _listed(SIGN_VARIABLE)
    if not named:
        return ()
    from argus.storage.open_signer import open_signer

    return tuple(open_signer(spec) for spec in dict.fromkeys(named))


def trust(arguments: argparse.Namespace, now: Callable[[], datetime]) -> TrustPolicy | None:
    """What :func:`add_trust_option` asks of a collection; None when no key is named.

    Raises:
        SigningError: a key cannot be read, or what reads it is not installed.
    """
    named = arguments.trust or [Path(name) for name in _listed(TRUST_VARIABLE)]
    if not named:
        return None
    from argus.core.trust import TrustPolicy
    from argus.storage.open_signer import open_verifier

    return TrustPolicy(tuple(open_verifier(path) for path in named), now)


def _listed(variable: str) -> list[str]:
    return [name for part in os.environ.get(variable, "").split(",") if (name := part.strip())]
