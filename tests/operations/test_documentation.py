"""docs/operations.md says what is: its commands are taken, its messages are ours, its links lead somewhere."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
from pathlib import Path

import pytest

from argus.cli.main import build_parser
from argus.core.acknowledgement import decode_acknowledgement
from argus.core.commands import decode_command
from argus.device.program.options import add_options, read_options
from argus.device.settings.reading import read_settings
from scripts.provisioning import __main__ as provision
from scripts.provisioning import deploying

OF_OTHERS = {"BROKEN", "failed", "inactive", "FAILED"}
"""What nuclei, systemd and AWS say."""


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "operations.md").read_text(encoding="utf-8")


def block(text: str, name: str) -> str:
    """The code block below a comment that names it."""
    return text.partition(f"<!-- {name} -->\n```")[2].partition("\n")[2].partition("\n```")[0]


def commands(text: str, program: str) -> list[list[str]]:
    """What is typed at the desk after ``program``, without comments and redirections."""
    lines = re.findall(rf"^desk\$ {re.escape(program)}(?=\s|$)(.*)$", text, re.MULTILINE)
    return [shlex.split(re.split(r" [>&|]|\s#", line)[0]) for line in lines]


def test_the_example_is_a_configuration(text: str) -> None:
    settings = read_settings(json.loads(block(text, "hall-1.json")))
    assert (settings.cameras[0].id, settings.collections[0].id, settings.snapshots.keep) == ("door", "staff", "unknown")


def test_the_service_starts_the_program_with_options_that_it_has(text: str) -> None:
    (line,) = re.findall(r"^ExecStart=(.*?[^\\])$", block(text, "argus.service"), re.MULTILINE | re.DOTALL)
    shell, _, _, *arguments = shlex.split(line.replace("\\\n", " "))
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = read_options(parser.parse_args(arguments))
    assert (shell, options.thing, options.mqtt) == ("/bin/sh", "hall-1", ("ENDPOINT", 8883))


def test_the_commands_are_taken(text: str) -> None:
    parsers = {
        "scripts/provision": provision.build_parser(),
        "scripts/deploy_device": deploying.build_parser(),
        "scripts/argus": build_parser(),
    }
    for program, parser in parsers.items():
        found = commands(text, program)
        assert found, program
        for arguments in found:
            parser.parse_args(arguments)


def test_the_messages_that_are_typed_are_taken(text: str) -> None:
    """With what the shell puts for variables."""
    payloads = [json.loads(re.sub(r"'\$(\w+)'", r"\1", found)) for found in re.findall(r"--payload '(\{.*\})'", text)]
    (acknowledgement,) = (one for one in payloads if one["schema"] == "argus.ack/1")
    decode_acknowledgement(
        json.dumps({**acknowledgement, "event_ids": ["018f3407-1812-7222-a222-222222222222"]}).encode()
    )
    (command,) = (one for one in payloads if one["schema"] == "argus.command/1")
    times = {"sent_at": "2024-05-01T12:00:00.000Z", "expires_at": "2024-05-01T12:01:00.000Z"}
    assert decode_command(json.dumps({**command, **times}).encode()).arguments == {"level": "debug", "minutes": "10"}


def said(root: Path) -> str:
    """All that the code says: its strings and its shell scripts, a line each; a blank for what is filled in."""
    lines = []
    for folder in ("components", "scripts"):
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    lines.append(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                    lines.append("".join(str(part) for part in parts))
    lines += [path.read_text(encoding="utf-8").replace("\\\n", "") for path in (root / "components").rglob("*.sh")]
    return "\n".join(lines)


def test_the_messages_are_those_of_the_program(text: str, root: Path) -> None:
    known = said(root)
    table = text.partition("## 12. Common errors")[2].partition("\n## ")[0]
    messages = [
        message for row in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for message in re.findall("`([^`]+)`", row)
    ]
    assert len(messages) > 25
    for message in messages:
        for part in re.split(r"\.\.\.|\(\.\.\.\)", message):
            words = part.strip(" ():;,.'")
            assert words in known or words in OF_OTHERS, message


def test_links_lead_somewhere(text: str, root: Path) -> None:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (root / "docs" / target).exists(), target
