"""What CloudFormation answers that moto never does: botocore checks that these are its answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import boto3.session
import pytest
from botocore.stub import Stubber

from argus.core.errors import UsageError
from scripts.provisioning.errors import ProvisioningError
from scripts.stack.changes import Changes, carry_out, prepare

_AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
ARN = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/argus-1/0"


@pytest.fixture
def client() -> Any:
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-central-1")
    return session.client("cloudformation")


@pytest.fixture
def answers(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def stack_is(answers: Stubber, status: str) -> None:
    answers.add_response(
        "describe_stacks", {"Stacks": [{"StackName": "argus", "CreationTime": _AT, "StackStatus": status}]}
    )


def change_set_failed(answers: Stubber, reason: str) -> None:
    stack_is(answers, "UPDATE_COMPLETE")
    stack_is(answers, "UPDATE_COMPLETE")
    answers.add_response("get_template_summary", {"Parameters": []})
    answers.add_response("create_change_set", {"Id": ARN})
    answers.add_response("describe_change_set", {"Status": "FAILED", "StatusReason": reason})
    answers.add_response("delete_change_set", {}, {"ChangeSetName": ARN})


@pytest.mark.parametrize(
    "reason", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_nothing_to_change_is_no_failure(client: Any, answers: Stubber, reason: str) -> None:
    change_set_failed(answers, reason)
    assert prepare(client, "argus", "https://somewhere/template.yaml", {}) is None


def test_what_cannot_be_carried_out_has_its_reason(client: Any, answers: Stubber) -> None:
    change_set_failed(answers, "Parameters: [IotEndpoint] must have values")
    with pytest.raises(ProvisioningError, match=r"cannot carry the template out: Parameters: \[IotEndpoint\] must"):
        prepare(client, "argus", "https://somewhere/template.yaml", {})


@pytest.mark.parametrize(
    ("status", "remedy"),
    [("UPDATE_IN_PROGRESS", "wait until it is done"), ("ROLLBACK_COMPLETE", "run scripts/destroy first")],
)
def test_a_stack_that_cannot_be_changed_now(client: Any, answers: Stubber, status: str, remedy: str) -> None:
    stack_is(answers, status)
    with pytest.raises(UsageError, match=f"in the state {status}: {remedy}"):
        prepare(client, "argus", "https://somewhere/template.yaml", {})


def test_a_failure_is_told_with_what_failed_first(client: Any, answers: Stubber) -> None:
    answers.add_response("execute_change_set", {})
    stack_is(answers, "UPDATE_ROLLBACK_COMPLETE")

    def event(name: str, status: str, reason: str) -> dict[str, Any]:
        return {
            **{"StackId": "argus", "EventId": name, "StackName": "argus", "Timestamp": _AT},
            **{"LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": reason},
        }

    newest_first = [
        event("Photos", "UPDATE_COMPLETE", ""),
        event("Visits", "UPDATE_FAILED", "cancelled"),
        event("Publisher", "UPDATE_FAILED", "concurrency too low"),
    ]
    answers.add_response("describe_stack_events", {"StackEvents": newest_first})
    with pytest.raises(
        ProvisioningError, match="UPDATE_ROLLBACK_COMPLETE: Publisher: concurrency too low; Visits: cancelled"
    ):
        carry_out(client, "argus", Changes(ARN, (), is_new=False))
