"""What a command prints, and how it ends.

Results go to stdout: JSON, one object a line, or text for people. Whatever else there is to say
goes to stderr, so that a pipe never sees it.

Names of files and people come from others. Whatever could steer a terminal, or pass for a line of its own, is printed
escaped: control characters, line breaks, and the marks that turn the direction of text.
"""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
import sys
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argus.core.types import Person


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


_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls (C0, DEL, C1), separators of lines and paragraphs, and the embeddings and isolates of direction."""


_BEGIN = "\r\x1b[K"
"""Back to the beginning of the line, and nothing on it any more."""


def printable(text: str) -> str:
    """``text`` with every character escaped that a terminal would obey: one line that shows itself."""
    return _STEERING.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def print_json(record: Mapping[str, object]) -> None:
    """One object on one line of stdout, flushed so that a pipe sees it at once; NaN is refused."""
    hide_line()
    # Inside a JSON text the escape means the character itself; JSON allows more of them bare than a terminal bears.
    print(printable(json.dumps(record, ensure_ascii=False, allow_nan=False)), flush=True)


def who(person: Person | None) -> dict[str, str] | None:
    """A person inside a JSON object; nobody is null."""
    return {"id": person.id, "name": person.name} if person else None


def print_text(text: str = "") -> None:
    """A line of the result for people, on stdout, flushed."""
    hide_line()
    print(printable(text), flush=True)


def print_note(text: str) -> None:
    """Progress and warnings, on stderr."""
    hide_line()
    print(printable(text), file=sys.stderr, flush=True)


def print_error(text: str) -> None:
    """What went wrong, on stderr, under the program's name."""
    print_note(f"argus: {text}")


class _Line:
    """The one line at a terminal that comes and goes, under whatever else is printed."""

    shown = False


def show_line(text: str) -> None:
    """Shows a line on stderr in place of the one before; whatever is printed next takes its place."""
    room = shutil.get_terminal_size().columns - 1
    print(f"{_BEGIN}{printable(text)[:room]}", end="", file=sys.stderr, flush=True)
    _Line.shown = True


def hide_line() -> None:
    """Takes the line of :func:`show_line` away, if there is one."""
    if _Line.shown:
        _Line.shown = False
        print(_BEGIN, end="", file=sys.stderr, flush=True)


class LogHandler(logging.Handler):
    """Warnings of the parts below, one line each, as everything else on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        print_error(record.getMessage())


def use_log() -> None:
    """Shows warnings and worse; safe to call twice."""
    root = logging.getLogger()
    if not any(isinstance(handler, LogHandler) for handler in root.handlers):
        root.addHandler(LogHandler(logging.WARNING))


def use_utf8() -> None:
    """Writes UTF-8 whatever the locale; a file name that is not Unicode is shown escaped and breaks nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
