"""docs/cloud.md says what is: its commands are taken, its parameters are the template's, its links lead somewhere."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from argus.cli import main as argus
from scripts.bundling import lambdas
from scripts.stack import deploying, destroying
from tests.cloud.template.template import written
from tests.operations.test_documentation import commands

SET_BY_THE_SCRIPT = {"ArtifactBucket", "ArtifactPrefix", "Architecture", "IotEndpoint"}
NO_DEFAULT = {"SigningKey", "DeviceRole", "OperatorEmail"}


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "cloud.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("program", "parser"),
    [
        ("scripts/argus", argus.build_parser()),
        ("scripts/build_lambdas", lambdas.build_parser()),
        ("scripts/deploy", deploying.build_parser()),
        ("scripts/destroy", destroying.build_parser()),
    ],
)
def test_the_commands_are_taken(text: str, program: str, parser: argparse.ArgumentParser) -> None:
    typed = commands(text, program)
    assert typed
    for arguments in typed:
        parsed = parser.parse_args(arguments)
        given = [one.partition("=")[0] for one in getattr(parsed, "set", [])]
        assert set(given) <= set(written()["Parameters"])


def test_parameters_and_their_defaults(text: str) -> None:
    rows = re.findall(r"^\| (`[A-Z][^|]+) \| ([^|]+) \|", text, re.MULTILINE)
    told = {name: default for names, default in rows for name in re.findall(r"`(\w+)`", names)}
    parameters = written()["Parameters"]
    assert set(told) == set(parameters)
    for name in set(told) - SET_BY_THE_SCRIPT - NO_DEFAULT:
        assert told[name].strip("`") == str(parameters[name]["Default"])
    assert all(parameters[name]["Default"] == "" for name in NO_DEFAULT)


def test_outputs_are_the_templates(text: str) -> None:
    named = set(re.findall(r"<(\w+)>|`(\w+(?:Topic|Secret|Arn))`", text))
    assert {one or other for one, other in named} <= set(written()["Outputs"]) and named


def test_the_messages_are_those_of_the_programs(text: str, root: Path) -> None:
    programs = [*(root / "scripts" / "stack").glob("*.py"), root / "scripts" / "bundling" / "lambdas.py"]
    sources = "".join(program.read_text(encoding="utf-8") for program in programs)
    messages = re.findall(r"^\| `([^`]+)` \|", text.partition("## Common errors")[2], re.MULTILINE)
    assert len(messages) == 4
    for message in messages:
        said = re.sub(r"build/lambdas|ROLLBACK_COMPLETE", "{}", message).split("{}")
        assert all(part in sources for part in said), message


def test_links_lead_somewhere(text: str, root: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links and all((root / "docs" / link).resolve().exists() for link in links)
