"""What a command prints, and how it ends.

Results go to stdout: JSON, one object a line, or text for people. Whatever else there is to say
goes to stderr, so that a pipe never sees it.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended, for the shell."""

    DONE = 0
    REFUSED = 1
    """Finished, but something was refused: a photo, an image."""
    WRONG_USE = 2
    """What was asked cannot be done."""
    INTERRUPTED = 130
    """Ended by Ctrl-C (128 + SIGINT)."""
    READER_GONE = 141
    """Whoever read the output stopped reading, as ``head`` does (128 + SIGPIPE)."""


def print_json(record: Mapping[str, object]) -> None:
    """One object on one line of stdout, flushed so that a pipe sees it at once; NaN is refused."""
    print(json.dumps(record, ensure_ascii=False, allow_nan=False), flush=True)


def print_text(text: str = "") -> None:
    """A line of the result for people, on stdout, flushed."""
    print(text, flush=True)


def print_note(text: str) -> None:
    """Progress and warnings, on stderr."""
    print(text, file=sys.stderr, flush=True)


def print_error(text: str) -> None:
    """What went wrong, on stderr, under the program's name."""
    print_note(f"argus: {text}")


def use_utf8() -> None:
    """Writes UTF-8 whatever the locale; a file name that is not Unicode is shown escaped and breaks nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
