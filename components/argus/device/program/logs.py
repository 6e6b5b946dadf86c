"""What the device's program logs: one line a record, as text or JSON, without secrets.

What is below a warning goes to stdout, the rest to stderr: the classic nucleus takes each line of the one for INFO and
of the other for WARN, and nucleus lite hands both to journald. Argus logs from the configured level on; what it is
built upon (botocore and others) from warnings on. The native half of awscrt logs nothing unless it is told to, and is
not: it would write past what is here.
"""

from __future__ import annotations

import io
import json
import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import ClassVar, TextIO

from argus.device.adapters.redact import redact_text
from argus.device.program.repeats import PERIOD_SECONDS, Repeats
from argus.device.settings.model import LogSettings

_LONGEST = 10_000
"""Characters of a message, and of a traceback: journald breaks lines of 48 KiB in two."""

_tracebacks = logging.Formatter()


@dataclass(frozen=True)
class _Entry:
    """What a record says, beside when; without secrets. ``error`` is its traceback, several lines, or empty."""

    level: int
    logger: str
    thread: str
    message: str
    error: str


def _as_text(at: str, entry: _Entry) -> str:
    error = "".join(f" | {_visible(line.strip())}" for line in entry.error.splitlines())
    return f"{at} {logging.getLevelName(entry.level)} {entry.logger}: {_visible(entry.message)}{error}"


def _as_json(at: str, entry: _Entry) -> str:
    document = {
        "time": at,
        "level": logging.getLevelName(entry.level),
        "logger": entry.logger,
        "thread": entry.thread,
        "message": entry.message,
    }
    return json.dumps({**document, "error": entry.error} if entry.error else document)


class LogHandler(logging.Handler):
    """Writes records; a message that comes again and again is shown a few times a minute, and counted."""

    FORMATS: ClassVar[Mapping[str, Callable[[str, _Entry], str]]] = {"text": _as_text, "json": _as_json}

    def __init__(self, out: TextIO, err: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._out, self._err = out, err
        self._monotonic = monotonic
        self._repeats: Repeats[_Entry] = Repeats()
        self._format = self.FORMATS["text"]

    def configure(self, settings: LogSettings) -> None:
        """From now on in this form, and what Argus logs from this level on; may be called at any time."""
        self._format = self.FORMATS[settings.format]
        level = getattr(logging, settings.level.upper())
        logging.getLogger("argus").setLevel(level)
        logging.getLogger().setLevel(max(level, logging.WARNING))

    def emit(self, record: logging.LogRecord) -> None:
        """See :class:`logging.Handler`, which holds its lock meanwhile."""
        now = self._monotonic()
        self._tell_repeats(now)
        entry = _entry(record)
        if self._repeats.is_shown(entry, now):
            self._write(record.created, entry)

    def close(self) -> None:
        """Tells what was not shown so far."""
        self.acquire()
        try:
            self._tell_repeats(math.inf)
        finally:
            self.release()
        super().close()

    def _tell_repeats(self, now: float) -> None:
        for entry, times in self._repeats.ended(now):
            often = f"{times} times more within {PERIOD_SECONDS:.0f} s: {entry.message}"
            self._write(time.time(), _Entry(entry.level, entry.logger, entry.thread, often, ""))

    def _write(self, at: float, entry: _Entry) -> None:
        moment = datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        stream = self._err if entry.level >= logging.WARNING else self._out
        try:
            stream.write(self._format(moment, entry) + "\n")
            stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more; the program ends for better reasons


def use_logs(settings: LogSettings) -> LogHandler:
    """All that is logged goes through one handler from now on, warnings and exceptions that nobody caught included."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    handler = LogHandler(sys.stdout, sys.stderr)
    handler.configure(settings)
    logging.basicConfig(handlers=[handler], force=True)
    logging.captureWarnings(True)
    uncaught = logging.getLogger("argus.uncaught")
    sys.excepthook = lambda kind, error, trace: uncaught.critical("%s ends the program", kind.__name__, exc_info=error)
    sys.unraisablehook = lambda found: uncaught.error("an exception went nowhere", exc_info=found.exc_value)
    threading.excepthook = lambda found: uncaught.critical(
        "%s ends a thread", found.exc_type.__name__, exc_info=found.exc_value
    )
    return handler


def _entry(record: logging.LogRecord) -> _Entry:
    error = _tracebacks.formatException(record.exc_info) if record.exc_info else ""
    return _Entry(record.levelno, record.name, record.threadName or "", _clean(_message(record)), _clean(error))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # it has other arguments than places for them
        return f"{record.msg} {record.args!r}"


def _clean(text: str) -> str:
    shown = redact_text(text)
    half = _LONGEST // 2
    return shown if len(shown) <= _LONGEST else f"{shown[:half]} ... {shown[-half:]}"


def _visible(text: str) -> str:
    """On one line: what breaks it, steers a terminal or is no Unicode stands there escaped."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
