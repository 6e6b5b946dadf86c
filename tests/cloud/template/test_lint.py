"""cfn-lint has nothing to say, neither of the file nor of what AWS's transform makes of it.

The second shows what the first hides, such as resources that wait for each other.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cloud.template.template import TEMPLATE, Template


def complaints(path: Path) -> str:
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [str(linter), "--regions", "eu-central-1", "--format", "parseable", "--", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr


@pytest.fixture
def translation(plain: Template, tmp_path: Path) -> Path:
    path = tmp_path / "translated.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    return path


def test_the_file_is_clean() -> None:
    assert complaints(TEMPLATE) == ""


def test_its_translation_is_clean(translation: Path) -> None:
    assert complaints(translation) == ""


def test_a_fault_is_found(plain: Template, tmp_path: Path) -> None:
    """Here a circle: the queue's policy and the bucket would wait for each other."""
    path = tmp_path / "faulty.json"
    faulty = json.loads(json.dumps(plain))
    statement = faulty["Resources"]["PhotosQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Condition"]["ArnEquals"]["aws:SourceArn"] = {"Fn::GetAtt": ["PhotosBucket", "Arn"]}
    path.write_text(json.dumps(faulty), encoding="utf-8")
    assert "E3004" in complaints(path)


def test_it_is_not_larger_than_cloudformation_takes_it(plain: Template) -> None:
    assert len(json.dumps(plain)) < 1_000_000
    assert len(plain["Resources"]) <= 500
    assert len(plain["Outputs"]) <= 200
