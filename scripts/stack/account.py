"""Whose account a stack is in, and what it may be called."""

from __future__ import annotations

import re

import boto3.session

from argus.core.errors import UsageError

_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
_LONGEST = 23
"""A bucket's name has 63 at most: the stack's, `-collections-`, the longest region's (14), `-` and the account."""


def stack_name(name: str) -> str:
    """``name`` when a stack may be called so.

    Raises:
        UsageError: buckets could not be called after it.
    """
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise UsageError(f"a stack has 1 to {_LONGEST} small letters, digits and single '-', not {name!r}")
    return name


def region_of(session: boto3.session.Session) -> str:
    """Where everything is.

    Raises:
        UsageError: nobody said.
    """
    if session.region_name is None:
        raise UsageError("no region is known: name one with --region, or run `aws configure`")
    return session.region_name


def account_of(session: boto3.session.Session, expected: str | None) -> str:
    """Of the credentials in use.

    Raises:
        UsageError: it is not the ``expected`` one.
    """
    account: str = session.client("sts").get_caller_identity()["Account"]
    if expected not in (None, account):
        raise UsageError(f"these credentials are of account {account}, not of {expected}")
    return account


def confirmed(question: str, answer: str) -> bool:
    """Whether whoever sits there types ``answer``; nobody there is no."""
    try:
        return input(f"{question} ").strip() == answer
    except EOFError:
        print()
        return False
