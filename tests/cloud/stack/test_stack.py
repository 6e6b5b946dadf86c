"""``scripts/deploy`` and ``scripts/destroy`` against CloudFormation as far as moto imitates it.

It cannot take the template itself, which AWS translates first, so another one with the same kinds of data stands here.
"""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import pytest

from argus.core.errors import UsageError
from scripts.bundling.lambdas import FUNCTIONS
from scripts.stack import deploying, destroying
from scripts.stack.account import stack_name
from scripts.stack.artifacts import artifacts
from tests.cloud.template.template import of_type, written

TEMPLATE = """
Parameters:
  ArtifactBucket: {Type: String}
  ArtifactPrefix: {Type: String}
  Architecture: {Type: String}
  IotEndpoint: {Type: String}
  Greeting: {Type: String, Default: hello}
Resources:
  Photos:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !Sub "${AWS::StackName}-photos"
  People:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub "${AWS::StackName}-people"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Visits:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${AWS::StackName}-${Greeting}"
"""

_STACKS = iter(f"argus-{number}" for number in range(100))


@pytest.fixture
def stack(aws: str) -> str:
    """The name of a stack that is not there yet."""
    return next(_STACKS)


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    """Options: a template, and bundles with nothing in them."""
    (tmp_path / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    for function in FUNCTIONS:
        (tmp_path / f"{function}-x86_64.zip").write_bytes(function.encode())
    return ["--bundles", str(tmp_path), "--template", str(tmp_path / "template.yaml")]


def answers(monkeypatch: pytest.MonkeyPatch, *said: str) -> None:
    waiting = list(said)

    def answer(question: str) -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    monkeypatch.setattr("builtins.input", answer)


def fill(stack: str) -> None:
    """A photo in two versions (moto leaves it to others to switch them on), two people, one message."""
    versions = boto3.client("s3").put_bucket_versioning
    versions(Bucket=f"{stack}-photos", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        boto3.client("s3").put_object(Bucket=f"{stack}-photos", Key="people/ann/1.jpg", Body=body)
    for person in ("ann", "bob"):
        boto3.client("dynamodb").put_item(TableName=f"{stack}-people", Item={"id": {"S": person}})
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=f"{stack}-hello")["QueueUrl"], MessageBody="x")


def buckets() -> set[str]:
    return {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]}


def tables() -> set[str]:
    pages = boto3.client("dynamodb").get_paginator("list_tables").paginate()  # other tests leave theirs
    return {name for page in pages for name in page["TableNames"]}


def queues(stack: str) -> list[str]:
    urls = boto3.client("sqs").list_queues(QueueNamePrefix=f"{stack}-").get("QueueUrls", [])
    return [url.rpartition(f"/{stack}-")[2] for url in urls]


def test_changes_are_shown_and_carried_out_when_somebody_agrees(
    stack: str, sources: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--stack", stack, *sources]
    answers(monkeypatch, "no")
    assert deploying.main(arguments) == 2
    shown = capsys.readouterr()
    assert re.search(r"^add +Photos \(AWS::S3::Bucket\)$", shown.out, re.MULTILINE)
    assert shown.err == "argus: nothing was changed: answer `yes`, or give --yes\n"
    assert f"{stack}-photos" not in buckets()

    answers(monkeypatch, "yes")
    assert deploying.main([*arguments, "--set", "Greeting=good-day"]) == 0
    out = capsys.readouterr().out
    assert out.count(": as it was") == len(FUNCTIONS) + 2  # uploaded the first time, with the bucket and the template
    assert f"{stack}-photos" in buckets()
    assert queues(stack) == ["good-day"]


def test_parameters_keep_their_values(stack: str, sources: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--stack", stack, *sources, "--yes"]
    assert deploying.main([*arguments, "--set", "Greeting=good-day"]) == 0
    (Path(sources[1]) / "alerts-x86_64.zip").write_bytes(b"changed")
    capsys.readouterr()
    assert deploying.main(arguments) == 0
    assert "alerts-x86_64.zip: uploaded" in capsys.readouterr().out
    assert queues(stack) == ["good-day"]


def test_data_stays_and_can_go_later(stack: str, sources: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert deploying.main(["--stack", stack, *sources, "--yes"]) == 0
    fill(stack)
    capsys.readouterr()
    assert destroying.main(["--stack", stack, "--confirm", stack]) == 0
    out = capsys.readouterr().out
    assert re.search(r"stays +Photos +2 objects with their earlier versions", out)
    assert re.search(r"stays +People +2 items", out)
    assert re.search(r"DELETED +Visits +1 messages", out)
    assert f"{stack}-photos" in buckets()
    assert f"{stack}-people" in tables()

    assert destroying.main(["--stack", stack, "--data", "--confirm", stack]) == 0
    out = capsys.readouterr().out
    assert "taken down before" in out and re.search(r"DELETED +Photos +2 objects", out) and "Visits" not in out
    assert f"{stack}-photos" not in buckets()
    assert f"{stack}-people" not in tables()


@pytest.mark.parametrize("answer", [["yes"], ["another"], []])
def test_nothing_goes_unless_the_name_is_typed(
    stack: str,
    sources: list[str],
    answer: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert deploying.main(["--stack", stack, *sources, "--yes"]) == 0
    answers(monkeypatch, *answer)
    assert destroying.main(["--stack", stack, "--data"]) == 2
    assert capsys.readouterr().err == "argus: nothing was deleted\n"
    assert f"{stack}-photos" in buckets()
    assert destroying.main(["--stack", stack, "--data", "--dry-run"]) == 0
    assert f"{stack}-photos" in buckets()


def test_a_stack_that_never_was_is_wrong_use(aws: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert destroying.main(["--stack", "nobody"]) == 2
    assert "has no stack nobody" in capsys.readouterr().err


def test_a_dry_run_asks_aws_for_nothing(
    sources: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert deploying.main([*sources[:2], "--dry-run", "--region", "eu-central-1"]) == 0
    out = capsys.readouterr().out
    assert "s3://argus-components-eu-central-1-123456789012/lambdas/" in out
    assert out.count("would hold") == len(FUNCTIONS) + 1


def test_what_was_not_built_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert deploying.main(["--bundles", str(tmp_path), "--dry-run"]) == 2
    assert "enrolment-x86_64.zip" in capsys.readouterr().err


def test_another_bundle_is_another_prefix(tmp_path: Path, sources: list[str]) -> None:
    def prefix() -> str:
        return artifacts(tmp_path / "template.yaml", tmp_path, FUNCTIONS, "x86_64").prefix

    first = prefix()
    assert prefix() == first
    (tmp_path / "alerts-x86_64.zip").write_bytes(b"changed")
    assert prefix() != first


@pytest.mark.parametrize("name", ["", "Argus", "a_b", "-a", "a-", "a--b", "1a", "a" * 24])
def test_names_that_buckets_cannot_have_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="a stack has 1 to 23"):
        stack_name(name)


def test_the_longest_names_fit() -> None:
    stack = stack_name("a" * 23)
    values = {"AWS::StackName": stack, "AWS::Region": "ap-southeast-3", "AWS::AccountId": "1" * 12}
    for bucket in of_type(written(), "AWS::S3::Bucket").values():
        name = re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], bucket["Properties"]["BucketName"]["Fn::Sub"])
        assert len(name) <= 63
