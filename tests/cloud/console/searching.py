"""Everything that an account holds, to look for somebody in it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote_plus

from cloud_lambdas.local.compose import LocalCloud

_PACKED = re.compile(rb'"(?:payload_base64|base64OriginalPayload)": ?"([^"]*)"')


def places_with(cloud: LocalCloud, *wanted: str | bytes) -> set[str]:
    """Tables, buckets and queues that hold one of these, as text, in JSON, in an address or as bytes."""
    needles = {needle for one in wanted for needle in _spellings(one)}
    return {place for place, data in _everything(cloud) if any(needle in _opened(data) for needle in needles)}


def _opened(data: bytes) -> bytes:
    """With what is packed in it."""
    return data + b"".join(base64.b64decode(found) for found in _PACKED.findall(data))


def _spellings(one: str | bytes) -> set[bytes]:
    if isinstance(one, bytes):
        return {one}
    return {one.encode(), quote_plus(one).encode(), json.dumps(one)[1:-1].encode()}


def _everything(cloud: LocalCloud) -> Iterator[tuple[str, bytes]]:
    dynamodb, s3, sqs = (cloud.client(name) for name in ("dynamodb", "s3", "sqs"))
    for table in dynamodb.list_tables()["TableNames"]:
        for page in dynamodb.get_paginator("scan").paginate(TableName=table):
            for item in page["Items"]:
                yield f"table {table}", json.dumps(item, ensure_ascii=False).encode()
    for bucket in (one["Name"] for one in s3.list_buckets()["Buckets"]):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield f"bucket {bucket}", one["Key"].encode()
            for one in page.get("Versions", []):
                named = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
                found = s3.get_object(**named)
                tags = s3.get_object_tagging(**named)["TagSet"]
                yield f"bucket {bucket}", found["Body"].read() + json.dumps([found["Metadata"], tags]).encode()
    for url in sqs.list_queues()["QueueUrls"]:
        seen: set[str] = set()
        while True:
            # They stay for whoever else reads them.
            messages = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1, MessageAttributeNames=["All"]
            ).get("Messages", [])
            if seen >= {one["MessageId"] for one in messages}:
                break
            for one in messages:
                seen.add(one["MessageId"])
                said = json.dumps(one.get("MessageAttributes", {}), ensure_ascii=False)
                yield f"queue {url.rpartition('/')[2]}", f"{one['Body']}{said}".encode()
