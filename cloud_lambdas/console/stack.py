"""A deployed stack: what it is made of, as CloudFormation tells whoever asks with their own credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3.session
from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from cloud_lambdas.console.errors import code_of, denied, reported
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients

DEFAULT_STACK = "argus"

RUNS_HERE = "argus:runs-on-this-machine"
"""The tag by which the local cloud says that it is one."""

_OUTPUTS = {
    names.PHOTOS_BUCKET: "PhotosBucket",
    names.COLLECTIONS_BUCKET: "CollectionsBucket",
    names.SNAPSHOTS_BUCKET: "SnapshotsBucket",
    names.AUDIT_BUCKET: "AuditBucket",
    names.WEB_BUCKET: "WebBucket",
    names.PEOPLE_TABLE: "PeopleTable",
    names.FACES_TABLE: "FacesTable",
    names.VERDICTS_TABLE: "VerdictsTable",
    names.SIGHTINGS_TABLE: "SightingsTable",
    names.COOLDOWNS_TABLE: "CooldownsTable",
    names.DEVICES_TABLE: "DevicesTable",
    names.COMMANDS_TABLE: "CommandsTable",
    names.LINKS_TABLE: "LinksTable",
    names.CHANGES_QUEUE: "ChangesQueue",
    names.ALERTS_QUEUE: "AlertsQueue",
    names.VISITS_DEAD_LETTERS: "VisitsDeadQueue",
    names.ALERTS_TOPIC: "AlertsTopic",
    names.ALARMS_TOPIC: "AlarmsTopic",
    names.SIGNING_KEY: "SigningKeyArn",
    names.WEBHOOK_SECRET: "WebhookSecret",
    names.LINK_BASE: "PicturesUrl",
}
_PARAMETERS = {names.COLLECTION: "Collection", names.REFUSED_PHOTO_DAYS: "RefusedPhotoDays"}

_USABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
"""States in which everything is there. After ``UPDATE_ROLLBACK_COMPLETE`` it is the version before."""

_CHANGING = ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS",
             "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_IN_PROGRESS")  # fmt: skip
"""States in which everything is there while something changes."""


@dataclass(frozen=True)
class Stack:
    """A stack that can be worked with.

    Attributes:
        status: CloudFormation's word.
        runs_here: it is the local cloud.
        clients: with the caller's credentials; messages to devices go where the stack sends them.
    """

    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    runs_here: bool
    clients: Clients = field(repr=False, compare=False)

    def output(self, name: str) -> str:
        """The value of an output of the template.

        Raises:
            UsageError: there is none; the stack was made of an older template.
        """
        if not self.outputs.get(name):
            raise UsageError(
                f"the stack {self.name} has no output {name}: deploy this version of Argus, or name another stack "
                "with --stack"
            )
        return self.outputs[name]

    def environment(self) -> dict[str, str]:
        """What the functions' environment names of it, for the parts that they are made of."""
        found = {name: self.outputs.get(output, "") for name, output in _OUTPUTS.items()}
        found |= {name: self.parameters.get(parameter, "") for name, parameter in _PARAMETERS.items()}
        return {name: value for name, value in found.items() if value}


def find_stack(name: str = DEFAULT_STACK) -> Stack:
    """The stack of that name, in the account and region of boto3's own configuration.

    Raises:
        UsageError: there is none of that name, or nothing can be done with it as it is.
        CloudError: AWS cannot be asked.
    """
    with reported():
        client: Any = boto3.session.Session().client("cloudformation")
        try:
            found = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                raise _no_such(client, name) from error
            raise
    status = found["StackStatus"]
    if status not in _USABLE + _CHANGING:
        raise UsageError(f"the stack {name} is in the state {status}: {_what_to_do(status)}")
    parameters = {given["ParameterKey"]: given.get("ParameterValue", "") for given in found.get("Parameters", [])}
    return Stack(
        name,
        status,
        {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
        parameters,
        runs_here=any(tag["Key"] == RUNS_HERE for tag in found.get("Tags", [])),
        clients=Clients(parameters.get("IotEndpoint", "")),
    )


def _no_such(client: Any, name: str) -> UsageError:
    there = f"there is no stack {name} in {client.meta.region_name}"
    return UsageError(f"{there}: {_instead(client)}")


def _instead(client: Any) -> str:
    try:
        pages = client.get_paginator("describe_stacks").paginate()
        others = sorted(stack["StackName"] for page in pages for stack in page["Stacks"] if _is_ours(stack))
    except ClientError as error:
        if not denied(error):
            raise
        others = []  # who may look at one stack alone
    if others:
        return f"name one with --stack ({', '.join(others)}), or another region"
    return "run scripts/deploy, or choose another region or profile"


def _is_ours(stack: Mapping[str, object]) -> bool:
    outputs = stack.get("Outputs", [])
    return isinstance(outputs, list) and any(output["OutputKey"] == "SightingsTable" for output in outputs)


def _what_to_do(status: str) -> str:
    if status == "REVIEW_IN_PROGRESS":
        return "nothing was deployed so far; run scripts/deploy"
    if status == "ROLLBACK_COMPLETE":
        return "the first deployment failed; run scripts/destroy, then scripts/deploy"
    if status.endswith("_IN_PROGRESS"):
        return "wait until it is done"
    return "see its events in the console, then run scripts/deploy or scripts/destroy"
