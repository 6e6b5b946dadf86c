"""What a stack holds that cannot be made again, and its deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from scripts.provisioning.errors import code_of

if TYPE_CHECKING:
    import boto3.session

Say = Callable[[str], None]

_GONE = {
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
}
"""What the services say of something that is not there, each in its own words."""

_KEY_DAYS = 30


@dataclass(frozen=True)
class Resource:
    """One resource of a stack; ``name`` is what AWS calls it."""

    type: str
    logical_id: str
    name: str


@dataclass(frozen=True)
class Held:
    """How much a resource holds, in words; a queue's messages go with the stack, the rest is kept."""

    resource: Resource
    amount: str


KEPT = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
"""What the template keeps when the stack is deleted."""


def stack_arn(client: Any, stack: str) -> str | None:
    """The stack of that name, or the last of that name that was deleted; None: there was none in the last 90 days."""
    newest = None
    for page in client.get_paginator("list_stacks").paginate():
        for one in page["StackSummaries"]:
            if one["StackName"] == stack:
                if one["StackStatus"] != "DELETE_COMPLETE":
                    return str(one["StackId"])
                if newest is None or one["CreationTime"] > newest["CreationTime"]:
                    newest = one
    return str(newest["StackId"]) if newest else None


def resources(client: Any, arn: str) -> list[Resource]:
    """All of them."""
    return [
        Resource(one["ResourceType"], one["LogicalResourceId"], one["PhysicalResourceId"])
        for page in client.get_paginator("list_stack_resources").paginate(StackName=arn)
        for one in page["StackResourceSummaries"]
        if one.get("PhysicalResourceId")
    ]


def held(session: boto3.session.Session, found: Iterable[Resource]) -> Iterator[Held]:
    """What there is of data in those that are still there, counted now."""
    counting = {
        "AWS::S3::Bucket": _objects,
        "AWS::DynamoDB::Table": _items,
        "AWS::SQS::Queue": _messages,
        "AWS::KMS::Key": _key,
        "AWS::SecretsManager::Secret": _secret,
    }
    for resource in found:
        if resource.type not in counting:
            continue
        try:
            amount = counting[resource.type](session, resource.name)
        except ClientError as error:
            if not _is_gone(error):
                raise
            continue
        if amount is not None:
            yield Held(resource, amount)


def delete(session: boto3.session.Session, resource: Resource, say: Say) -> None:
    """Deletes what the stack kept. Keys and secrets can be had back for 30 days, the rest cannot."""
    deleting = {
        "AWS::S3::Bucket": _delete_bucket,
        "AWS::DynamoDB::Table": _delete_table,
        "AWS::KMS::Key": _delete_key,
        "AWS::SecretsManager::Secret": _delete_secret,
    }
    try:
        deleting[resource.type](session, resource.name)
    except ClientError as error:
        if not _is_gone(error):
            raise
    say(f"{resource.logical_id} ({resource.name}): deleted")


def _is_gone(error: ClientError) -> bool:
    return code_of(error) in _GONE


def _objects(session: boto3.session.Session, name: str) -> str:
    versions = size = 0
    for page in session.client("s3").get_paginator("list_object_versions").paginate(Bucket=name):
        versions += len(page.get("Versions", []))
        size += sum(one["Size"] for one in page.get("Versions", []))
    return f"{versions} objects with their earlier versions, {size / 1e6:.1f} MB"


def _items(session: boto3.session.Session, name: str) -> str:
    pages = session.client("dynamodb").get_paginator("scan").paginate(TableName=name, Select="COUNT")
    return f"{sum(page['Count'] for page in pages)} items"


def _messages(session: boto3.session.Session, url: str) -> str:
    """Waiting, hidden and delayed ones."""
    found = session.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return f"{sum(int(value) for name, value in found.items() if name.startswith('ApproximateNumber'))} messages"


def _key(session: boto3.session.Session, name: str) -> str | None:
    key = session.client("kms").describe_key(KeyId=name)["KeyMetadata"]
    return None if key.get("KeyState") == "PendingDeletion" else "a key"


def _secret(session: boto3.session.Session, name: str) -> str | None:
    return None if session.client("secretsmanager").describe_secret(SecretId=name).get("DeletedDate") else "a secret"


def _delete_bucket(session: boto3.session.Session, name: str) -> None:
    s3 = session.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        both = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if both:
            doomed: list[Any] = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in both]
            s3.delete_objects(Bucket=name, Delete={"Objects": doomed, "Quiet": True})
    s3.delete_bucket(Bucket=name)


def _delete_table(session: boto3.session.Session, name: str) -> None:
    session.client("dynamodb").delete_table(TableName=name)


def _delete_key(session: boto3.session.Session, name: str) -> None:
    if _key(session, name):
        session.client("kms").schedule_key_deletion(KeyId=name, PendingWindowInDays=_KEY_DAYS)


def _delete_secret(session: boto3.session.Session, name: str) -> None:
    session.client("secretsmanager").delete_secret(SecretId=name, RecoveryWindowInDays=_KEY_DAYS)
