"""The function of ``template.yaml``: it notes what it was given, and fails where it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger

from cloud_lambdas.shared.clients import Clients


def name_of(body: str) -> str:
    """Under which a message is noted: its topic, what happened to which object, or itself."""
    if not body.startswith("{"):
        return body
    said = json.loads(body)
    if "Records" in said:
        (record,) = said["Records"]
        return f"{record['eventName']} {unquote_plus(record['s3']['object']['key'])}"
    return str(said.get("topic") or said["Event"])


def create(environment: Mapping[str, str], clients: Clients) -> Callable[[Any, Any], Any]:
    logger = Logger(service="worker")

    def note(name: str, value: object) -> None:
        item = {"id": {"S": name}, "value": {"S": json.dumps(value)}}
        clients.dynamodb.put_item(TableName=environment["SEEN"], Item=item)

    def queue(records: list[dict[str, Any]]) -> dict[str, Any]:
        logger.info("asked")
        failed = []
        for record in records:
            if record["body"] == "crash":
                raise ValueError("as told")
            if record["body"].startswith("bad"):
                failed.append({"itemIdentifier": record["messageId"]})
            else:
                note(name_of(record["body"]), record)
        return {"batchItemFailures": failed}

    def handler(event: Any, context: Any) -> Any:
        if "Records" in event:
            return queue(event["Records"])
        if event.get("version") == "2.0":
            clients.sns.publish(
                TopicArn=environment["ALERTS"],
                Subject="Seen",
                Message=event["body"],
                MessageAttributes={"kind": {"DataType": "String", "StringValue": "match"}},
            )
            return {"statusCode": 201, "headers": {"x-token": event["pathParameters"]["token"]}, "body": "minted"}
        if event == {"reach": "too far"}:
            clients.dynamodb.scan(TableName=environment["SEEN"])
        if event == {"reach": "nothing"}:
            clients.s3.get_object(Bucket=environment["AUDIT"], Key="mine/nothing")
        if event == {"fail": True}:
            raise ValueError("as told")
        assert context.get_remaining_time_in_millis() > 1000
        return {"function": context.function_name, "base": environment["BASE"], "event": event}

    return handler
