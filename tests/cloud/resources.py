"""What the template would make, as far as tests need it, in moto's server."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from cloud_lambdas.shared.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef


def make_table(clients: Clients, name: str, hash_key: str, range_key: str | None = None) -> None:
    """A table of items with that key."""
    schema: list[KeySchemaElementTypeDef] = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key is not None:
        schema.append({"AttributeName": range_key, "KeyType": "RANGE"})
    clients.dynamodb.create_table(
        TableName=name,
        KeySchema=schema,
        AttributeDefinitions=[{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in schema],
        BillingMode="PAY_PER_REQUEST",
    )


def make_bucket(clients: Clients, name: str) -> None:
    """A bucket in the account's region."""
    region = os.environ["AWS_DEFAULT_REGION"]
    clients.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]


def make_fifo(clients: Clients, name_or_url: str) -> str:
    """A FIFO queue; its URL."""
    name = name_or_url.rsplit("/", 1)[-1]
    return clients.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]


def arn_of(clients: Clients, url: str) -> str:
    """What others call the queue with this URL."""
    return clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def make_inbox(clients: Clients, topic: str, name: str, **filter_policy: list[str]) -> str:
    """A queue that gets what a topic is told and the filter lets through; its URL."""
    url = clients.sqs.create_queue(QueueName=name)["QueueUrl"]
    clients.sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn_of(clients, url),
        Attributes={"FilterPolicy": json.dumps(filter_policy)} if filter_policy else {},
    )
    return url


def taken_out(clients: Clients, url: str) -> list[str]:
    """The bodies of what has come into a queue since the last time."""
    bodies: list[str] = []
    while messages := clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def told(clients: Clients, inbox: str) -> list[dict[str, Any]]:
    """What a topic has told this subscriber since the last time, as SNS wraps it."""
    return [json.loads(body) for body in taken_out(clients, inbox)]
