"""What CloudFormation would change, and its changing it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from scripts.provisioning.errors import ProvisioningError, code_of

_POLL_SECONDS = 2.0
_CAPABILITIES: list[Any] = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
"""The template makes roles, and is translated by SAM."""

_NOTHING = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Changes:
    """A change set.

    Attributes:
        lines: one a resource, for people.
        is_new: the stack is made by it.
    """

    arn: str
    lines: tuple[str, ...]
    is_new: bool


def status_of(client: Any, stack: str) -> str | None:
    """The status of a stack; None where there is none of that name."""
    try:
        status: str = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if code_of(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return status


def prepare(client: Any, stack: str, template_url: str, parameters: Mapping[str, str]) -> Changes | None:
    """Has CloudFormation look at what it would change; None: nothing. What the stack had of other parameters stays.

    Resources that a stack of that name left behind are taken over.

    Raises:
        UsageError: the stack cannot be changed as it is.
        ProvisioningError: CloudFormation cannot carry the template out.
    """
    status = status_of(client, stack) or "REVIEW_IN_PROGRESS"
    is_new = status == "REVIEW_IN_PROGRESS"
    if not is_new and (status.endswith("_IN_PROGRESS") or status == "ROLLBACK_COMPLETE"):
        what = "run scripts/destroy first" if status == "ROLLBACK_COMPLETE" else "wait until it is done"
        raise UsageError(f"the stack {stack} is in the state {status}: {what}")
    values: list[Any] = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    if not is_new:
        kept = _kept(client, stack, template_url) - parameters.keys()
        values += [{"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)]
    arn = client.create_change_set(
        StackName=stack,
        ChangeSetName=f"argus-{int(time.time() * 1000)}",
        ChangeSetType="CREATE" if is_new else "UPDATE",
        TemplateURL=template_url,
        Parameters=values,
        Capabilities=_CAPABILITIES,
        ImportExistingResources=True,
    )["Id"]
    found = _when_made(client, arn)
    if found["Status"] == "FAILED":
        client.delete_change_set(ChangeSetName=arn)
        reason = found.get("StatusReason", "it does not say why")
        if any(words in reason for words in _NOTHING):
            return None
        raise ProvisioningError(f"CloudFormation cannot carry the template out: {reason}")
    return Changes(arn, tuple(_lines(client, arn)), is_new)


def carry_out(client: Any, stack: str, changes: Changes) -> Mapping[str, str]:
    """Changes the stack, waits, and returns its outputs.

    Raises:
        ProvisioningError: it failed, and was rolled back.
    """
    client.execute_change_set(ChangeSetName=changes.arn)
    status = wait(client, stack)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise ProvisioningError(f"the stack {stack} ended as {status}: {'; '.join(_failures(client, stack))}")
    outputs = client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def drop(client: Any, stack: str, changes: Changes) -> None:
    """Forgets the changes, and the empty stack that was there for them alone."""
    client.delete_change_set(ChangeSetName=changes.arn)
    if changes.is_new:
        client.delete_stack(StackName=stack)


def wait(client: Any, stack: str) -> str | None:
    """The stack's status once nothing is under way; None when it is gone."""
    while (status := status_of(client, stack)) is not None and status.endswith("_IN_PROGRESS"):
        time.sleep(_POLL_SECONDS)
    return status


def _kept(client: Any, stack: str, template_url: str) -> set[str]:
    """The parameters that the stack has a value of, and the template knows."""
    has = client.describe_stacks(StackName=stack)["Stacks"][0].get("Parameters", [])
    knows = client.get_template_summary(TemplateURL=template_url)["Parameters"]
    return {one["ParameterKey"] for one in has} & {one["ParameterKey"] for one in knows}


def _when_made(client: Any, arn: str) -> Mapping[str, Any]:
    while True:
        found: Mapping[str, Any] = client.describe_change_set(ChangeSetName=arn)
        if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
            return found
        time.sleep(_POLL_SECONDS)


def _lines(client: Any, arn: str) -> Iterator[str]:
    for page in client.get_paginator("describe_change_set").paginate(ChangeSetName=arn):
        for change in page["Changes"]:
            one = change["ResourceChange"]
            replaced = " (is replaced)" if one.get("Replacement") == "True" else ""
            yield f"{one['Action'].lower():8} {one['LogicalResourceId']} ({one['ResourceType']}){replaced}"


def _failures(client: Any, stack: str) -> list[str]:
    """What failed first, in CloudFormation's words."""
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [one for one in events if one.get("ResourceStatus", "").endswith("_FAILED")]
    told = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in reversed(failed)]
    return told[:3] or ["see its events in the console"]
