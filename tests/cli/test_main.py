"""How the command ends: exit codes, and what a person or a pipe sees of an error."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
from collections.abc import Callable

import pytest

from argus import __version__
from argus.cli import main as program
from argus.cli.output import ExitCode, print_error, print_json, use_utf8
from argus.cli.parsers import Subparsers, add_command, add_json_option
from argus.core.errors import SourceError

HEAVY = {"PIL", "cv2", "dlib", "numpy", "onnxruntime"}
Body = Callable[[argparse.Namespace], int]


@pytest.fixture
def run_command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Body], int]:
    """Runs ``argus try --json`` with the given function as its body."""

    def run(body: Body) -> int:
        def add_parser(subparsers: Subparsers) -> None:
            parser = add_command(subparsers, "try", summary="s", description="d", examples="argus try")
            add_json_option(parser)
            parser.set_defaults(run=body)

        monkeypatch.setattr(program, "COMMANDS", (add_parser,))
        return program.main(["try", "--json"])

    return run


@pytest.mark.parametrize("code", [ExitCode.DONE, ExitCode.REFUSED])
def test_a_command_chooses_its_exit_code(run_command: Callable[[Body], int], code: ExitCode) -> None:
    def body(arguments: argparse.Namespace) -> int:
        assert arguments.json
        return code

    assert run_command(body) == code


def test_an_error_is_one_sentence_on_stderr(
    run_command: Callable[[Body], int], capsys: pytest.CaptureFixture[str]
) -> None:
    def body(arguments: argparse.Namespace) -> int:
        raise SourceError("camera 7 cannot be opened: plug it in")

    assert run_command(body) == 2
    assert capsys.readouterr() == ("", "argus: camera 7 cannot be opened: plug it in\n")


def test_ctrl_c_ends_with_one_line(run_command: Callable[[Body], int], capsys: pytest.CaptureFixture[str]) -> None:
    def body(arguments: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    assert run_command(body) == 130
    assert capsys.readouterr() == ("", "argus: interrupted\n")


def test_a_bug_is_not_hidden(run_command: Callable[[Body], int]) -> None:
    def body(arguments: argparse.Namespace) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(body)


def test_a_reader_that_stops_reading_causes_no_traceback() -> None:
    script = """
import sys
from argus.cli import main as program
from argus.cli.output import print_json

def add_parser(subparsers):
    subparsers.add_parser("count").set_defaults(run=run)

def run(arguments):
    for number in range(1_000_000):
        print_json({"number": number})
    return 0

program.COMMANDS = (add_parser,)
sys.exit(program.main(["count"]))
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b'{"number": 0}\n'
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == ExitCode.READER_GONE


def test_json_is_utf8_and_never_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Zoë"})
    assert capsys.readouterr().out == '{"name": "Zoë"}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        print_json({"distance": float("nan")})


def test_a_file_name_that_is_not_unicode_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", stderr)
    use_utf8()
    print_error("über-\udcff.jpg cannot be read")
    buffer = stderr.detach()
    assert isinstance(buffer, io.BytesIO)
    assert buffer.getvalue().decode("utf-8") == "argus: über-\\udcff.jpg cannot be read\n"


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["--no-such-option"]])
def test_wrong_use_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(arguments)
    assert ended.value.code == 2
    assert "usage: argus" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"argus {__version__}\n"


def test_every_command_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for name, command in _commands(program.build_parser()).items():
        assert f"examples:\n  argus {name}" in command.format_help(), name
        for action in _leaves(command):
            assert "--json" in action.format_help(), name


def _leaves(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers below one, or itself, that have no subcommands."""
    below = _commands(parser).values()
    return [leaf for command in below for leaf in _leaves(command)] or [parser]


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The subcommands of a parser; none where it has none."""
    return {
        name: command
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name, command in action.choices.items()
    }


def test_help_loads_nothing_heavy() -> None:
    script = "import sys; from argus.cli.main import build_parser; build_parser(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())
