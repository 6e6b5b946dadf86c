"""A deployed stack is found by its name, or it is said why not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest

from argus.core.errors import UsageError
from cloud_lambdas.console.errors import CloudError
from cloud_lambdas.console.stack import find_stack
from tests.cloud.console.refusing import refusing

_TEMPLATE = json.dumps(
    {
        "Parameters": {"Collection": {"Type": "String", "Default": "people"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {
            "SightingsTable": {"Value": "argus-sightings"},
            "AlertsTopic": {"Value": {"Ref": "Topic"}},
        },
    }
)


@pytest.fixture
def deployed(aws: str) -> Iterator[str]:
    """The name of a stack."""
    name = "argus-one"
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=_TEMPLATE)
    yield name
    boto3.client("cloudformation").delete_stack(StackName=name)


def test_a_stack_says_what_it_is_made_of(deployed: str) -> None:
    stack = find_stack(deployed)
    assert (stack.status, stack.runs_here) == ("CREATE_COMPLETE", False)
    assert stack.output("SightingsTable") == "argus-sightings"
    assert stack.output("AlertsTopic") in {topic["TopicArn"] for topic in boto3.client("sns").list_topics()["Topics"]}
    assert stack.environment() == {
        "ARGUS_SIGHTINGS_TABLE": "argus-sightings",
        "ARGUS_ALERTS_TOPIC": stack.output("AlertsTopic"),
        "ARGUS_COLLECTION": "people",
    }


def test_an_output_that_is_missing_is_named(deployed: str) -> None:
    with pytest.raises(UsageError, match=r"the stack argus-one has no output LinksTable: deploy this version"):
        find_stack(deployed).output("LinksTable")


def test_a_stack_that_is_not_there_is_told_with_those_that_are(deployed: str) -> None:
    boto3.client("cloudformation").create_stack(
        StackName="other", TemplateBody='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    )
    with pytest.raises(UsageError, match=r"there is no stack argus-two in eu-central-1: .*--stack \(argus-one\)"):
        find_stack("argus-two")


def test_without_any_stack_it_says_how_to_make_one(aws: str) -> None:
    with pytest.raises(UsageError, match="there is no stack argus in eu-central-1: run scripts/deploy"):
        find_stack()


def test_a_stack_that_was_only_looked_at_is_no_stack(deployed: str) -> None:
    boto3.client("cloudformation").create_change_set(
        StackName="argus-new", ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=_TEMPLATE
    )
    with pytest.raises(UsageError, match=r"is in the state REVIEW_IN_PROGRESS: nothing was deployed so far"):
        find_stack("argus-new")
    boto3.client("cloudformation").delete_stack(StackName="argus-new")


def test_without_credentials(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CloudError, match="no credentials for AWS are found: run `aws configure`"):
        find_stack()


def test_without_a_region(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(CloudError, match="no region is known: set AWS_DEFAULT_REGION"):
        find_stack()


def test_with_a_profile_that_is_not_there(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CloudError, match=r"AWS cannot be used \(.*nobody.*\): check `aws configure`"):
        find_stack()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDenied", "these credentials may not do DescribeStacks"),
        ("ExpiredToken", r"AWS does not know these credentials \(ExpiredToken\): sign in again"),
        ("OptInRequired", r"AWS refuses DescribeStacks \(OptInRequired\): no; "),
    ],
)
def test_what_aws_refuses_is_one_sentence(aws: str, monkeypatch: pytest.MonkeyPatch, code: str, said: str) -> None:
    with refusing(code) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(CloudError, match=said):
            find_stack()


def test_an_aws_that_cannot_be_reached(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing("") as address:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(CloudError, match=r"AWS cannot be reached \(.*\): check the network"):
        find_stack()
