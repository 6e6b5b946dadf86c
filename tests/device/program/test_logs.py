"""What the program logs: one line a record, where the nucleus looks for it, without secrets."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.device.program.logs import LogHandler
from argus.device.program.repeats import PERIOD_SECONDS, SHOWN
from argus.device.settings.model import LogSettings


@dataclass
class Log:
    """A handler, what it wrote, and a logger that has it alone."""

    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.handler = LogHandler(self.out, self.err, lambda: self.at)
        self.logger = logging.Logger("argus.door", logging.DEBUG)
        self.logger.addHandler(self.handler)


@pytest.fixture
def log() -> Iterator[Log]:
    levels = {name: logging.getLogger(name).level for name in ("", "argus")}
    yield Log()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_line_of_text(log: Log) -> None:
    log.logger.info("camera %s is connected", "door")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO argus\.door: camera door is connected\n", log.out.getvalue()
    )
    assert not log.err.getvalue()


def test_a_line_of_json(log: Log) -> None:
    log.handler.configure(LogSettings(format="json"))
    log.logger.info("camera %s is connected", "door")
    line = json.loads(log.out.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "argus.door",
        "thread": "MainThread",
        "message": "camera door is connected",
    }


@pytest.mark.parametrize(
    ("level", "stream"),
    [(logging.DEBUG, "out"), (logging.INFO, "out"), (logging.WARNING, "err"), (logging.CRITICAL, "err")],
)
def test_warnings_and_worse_go_to_stderr(level: int, stream: str, log: Log) -> None:
    log.logger.log(level, "something")
    assert {name: bool(getattr(log, name).getvalue()) for name in ("out", "err")} == {
        "out": stream == "out",
        "err": stream == "err",
    }


@given(st.text(st.characters()), st.text(st.characters()), st.sampled_from(["text", "json"]))
def test_whatever_is_logged_is_one_line_of_unicode(message: str, error: str, form: str) -> None:
    log = Log()
    log.handler._format = LogHandler.FORMATS[form]
    try:
        raise ValueError(error)
    except ValueError:
        log.logger.exception("%s", message)
    written = log.err.getvalue()
    written.encode()
    assert len(written.splitlines()) == 1
    assert written.removesuffix("\n").isprintable()


def test_a_traceback_is_told_in_the_same_line(log: Log) -> None:
    try:
        raise OSError("cannot open rtsp://admin:hunter2@cam/x")
    except OSError:
        log.logger.exception("the door failed")
    line = log.err.getvalue()
    assert " | Traceback (most recent call last): | File " in line
    assert line.endswith(" | OSError: cannot open rtsp://cam/***\n")


def test_secrets_are_hidden_also_when_they_come_as_arguments(log: Log) -> None:
    for form in ("text", "json"):
        log.handler.configure(LogSettings(format=form))
        log.logger.info("opened %s with %r", "rtsp://admin:hunter2@cam/x", {"password": "hunter2"})
    assert "hunter2" not in log.out.getvalue()
    assert log.out.getvalue().count("rtsp://cam/***") == 2


def test_a_call_with_the_wrong_arguments_is_shown_as_it_is(log: Log) -> None:
    log.logger.info("%d of %d", "many")  # noqa: PLE1206
    assert log.out.getvalue().endswith("INFO argus.door: %d of %d ('many',)\n")


def test_what_is_endless_is_cut_in_the_middle(log: Log) -> None:
    log.logger.info("begin %s end", "word " * 100_000)
    line = log.out.getvalue()
    assert len(line) < 20_000
    assert "begin" in line
    assert line.endswith("end\n")


def test_a_message_that_repeats_is_counted(log: Log) -> None:
    for _ in range(SHOWN + 7):
        log.logger.warning("the broker refuses")
    log.logger.info("another")
    assert log.err.getvalue().count("the broker refuses") == SHOWN
    log.at = PERIOD_SECONDS
    log.logger.info("another")
    assert "WARNING argus.door: 7 times more within 60 s: the broker refuses\n" in log.err.getvalue()


def test_what_was_counted_is_told_at_the_end(log: Log) -> None:
    for _ in range(SHOWN + 1):
        log.logger.warning("the broker refuses")
    log.handler.close()
    assert log.err.getvalue().endswith("1 times more within 60 s: the broker refuses\n")


def test_a_reader_that_is_gone_ends_nothing(log: Log) -> None:
    log.out.close()
    log.logger.info("to nobody")
    log.logger.warning("to somebody")
    assert "to somebody" in log.err.getvalue()


def test_the_level_is_that_of_argus_and_others_are_shown_from_warnings_on(log: Log) -> None:
    def shown(name: str) -> list[str]:
        levels = ("debug", "info", "warning", "error")
        return [level for level in levels if logging.getLogger(name).isEnabledFor(getattr(logging, level.upper()))]

    log.handler.configure(LogSettings("debug"))
    assert shown("argus.device.x") == ["debug", "info", "warning", "error"]
    assert shown("botocore.auth") == ["warning", "error"]
    log.handler.configure(LogSettings("error"))
    assert shown("argus.device.x") == shown("botocore.auth") == ["error"]


PROGRAM = """
import gc, logging, threading, warnings
from argus.device.program.logs import use_logs
from argus.device.settings.model import LogSettings
use_logs(LogSettings(format={form!r}))
logging.getLogger("argus.x").info("gr\\u00fc\\u00dfe\\udc80")
logging.getLogger("botocore").info("not shown")
warnings.warn("old")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
class Last:
    def __del__(self):
        raise KeyError("rtsp://admin:hunter2@cam/x")
Last()
for _ in range(8):
    logging.getLogger("argus.x").error("again")
raise RuntimeError("a\\nb")
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_all_that_a_program_says_are_lines_of_the_log(form: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(form=form)],
        capture_output=True,
        check=False,
        env={"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    out, err = ended.stdout.decode(), ended.stderr.decode()
    assert ended.returncode == 1
    assert "hunter2" not in err
    assert [_words(line, form) for line in out.splitlines()] == [
        ("INFO", "grüße\\udc80" if form == "text" else "grüße\udc80")
    ]
    told = [_words(line, form) for line in err.splitlines()]
    assert [level for level, _ in told] == ["WARNING", "CRITICAL", "ERROR", *["ERROR"] * SHOWN, "CRITICAL", "ERROR"]
    starts = [
        *("<string>:8: UserWarning: old", "ZeroDivisionError ends a thread", "an exception went nowhere"),
        *["again"] * SHOWN,
        *("RuntimeError ends the program", "3 times more within 60 s: again"),
    ]
    assert [words[: len(start)] for (_, words), start in zip(told, starts, strict=True)] == starts


def _words(line: str, form: str) -> tuple[str, str]:
    if form == "json":
        document = json.loads(line)
        return document["level"], document["message"]
    _, level, _, words = line.split(" ", 3)
    return level, words
