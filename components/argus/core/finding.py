"""What is found out about a machine or an account that is looked over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(str, Enum):
    """How it stands with something."""

    OK = "ok"
    NOTE = "note"
    """Works; somebody may want to know."""
    FAULT = "fault"
    """Has to be mended."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: a word or two: ``models``.
        what: how it is, one sentence or less.
        remedy: what to do about it; every fault has one.
    """

    topic: str
    state: State
    what: str
    remedy: str | None = None

    def __post_init__(self) -> None:
        if self.state is State.FAULT and not self.remedy:
            raise ValueError(f"a fault needs a remedy: {self.what}")


def ok(topic: str, what: str) -> Finding:
    return Finding(topic, State.OK, what)


def note(topic: str, what: str, remedy: str | None = None) -> Finding:
    return Finding(topic, State.NOTE, what, remedy)


def fault(topic: str, what: str, remedy: str) -> Finding:
    return Finding(topic, State.FAULT, what, remedy)


def refused(topic: str, error: Exception) -> Finding:
    """An error of Argus, whose message says ``what is wrong: what to do``."""
    what, _, remedy = str(error).rpartition(": ")
    return fault(topic, what or remedy, remedy)
