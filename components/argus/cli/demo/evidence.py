"""What the cloud has come to, asked of it as anybody with its credentials could ask."""

from __future__ import annotations

import io
import json
import re
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from http.client import HTTPResponse
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from argus.cli.demo.judging import Photo, Picture, Sighted
from argus.core.confirmation import Confirmation, decode_confirmation

if TYPE_CHECKING:
    from cloud_lambdas.local.compose import LocalCloud

_LINK = re.compile(r"https?://\S+/p/\S+")
_SECONDS = 10.0
"""For an answer of what runs on the same machine."""


def judged(cloud: LocalCloud, photo: Photo) -> Photo:
    """The photo with its verdict, where there is one by now."""
    key = {"photo_key": {"S": photo.key}}
    answer = cloud.client("dynamodb").get_item(TableName=cloud.outputs["VerdictsTable"], Key=key, ConsistentRead=True)
    if "Item" not in answer:
        return photo
    item, now = answer["Item"], datetime.now(timezone.utc)
    return replace(photo, verdict=item["verdict"]["S"], sentence=item["sentence"]["S"], judged_at=now)


def verdicts(cloud: LocalCloud) -> dict[str, str]:
    """What became of each photo, by its key: a sentence."""
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=cloud.outputs["VerdictsTable"])
    return {item["photo_key"]["S"]: item["sentence"]["S"] for page in pages for item in page["Items"]}


def confirmed(cloud: LocalCloud, place: str, thing: str) -> Confirmation | None:
    """Which version of the collection at ``place`` (``s3://bucket/prefix``) a device has confirmed."""
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    s3 = cloud.client("s3")
    try:
        found = s3.get_object(Bucket=bucket, Key=f"{prefix}/devices/{thing}.json")
    except s3.exceptions.NoSuchKey:
        return None
    return decode_confirmation(found["Body"].read())


def sightings(cloud: LocalCloud) -> dict[str, Sighted]:
    """Each by its event's id."""
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=cloud.outputs["SightingsTable"])
    return {
        item["event_id"]["S"]: Sighted(_moment(item["cursor"]["S"]), _standing(item))
        for page in pages
        for item in page["Items"]
        if "cursor" in item
    }


def _standing(item: Mapping[str, Any]) -> str | None:
    return str(json.loads(item["person"]["S"])["standing"]) if "person" in item else None


def _moment(cursor: str) -> datetime:
    """When a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((uuid.UUID(cursor).int >> 80) / 1000, timezone.utc)


def dead_letters(cloud: LocalCloud) -> Mapping[str, int]:
    """How many messages each dead-letter queue has."""
    return {name: _waiting(cloud, url) for name, url in cloud.outputs.items() if name.endswith("DeadQueue")}


def under_way(cloud: LocalCloud) -> int:
    """How many messages the other queues have."""
    queues = [url for name, url in cloud.outputs.items() if name.endswith("Queue") and not name.endswith("DeadQueue")]
    return sum(_waiting(cloud, url) for url in queues)


def _waiting(cloud: LocalCloud, url: str) -> int:
    names = ["", "NotVisible", "Delayed"]
    attributes = cloud.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names]
    )["Attributes"]
    return sum(int(count) for count in attributes.values())


def failed_rules(cloud: LocalCloud) -> int:
    """How many messages a rule's error action kept."""
    answer = cloud.client("s3").list_objects_v2(Bucket=cloud.outputs["AuditBucket"], Prefix="failed-rules/")
    return int(answer["KeyCount"])


def reported_version(cloud: LocalCloud, thing: str) -> str | None:
    """The version of the collection that the cloud believes a device to use, by the last status."""
    key = {"thing": {"S": thing}}
    answer = cloud.client("dynamodb").get_item(TableName=cloud.outputs["DevicesTable"], Key=key, ConsistentRead=True)
    status = json.loads(answer.get("Item", {}).get("status", {}).get("S", "{}"))
    return next((str(one["version"]) for one in status.get("collections", ()) if one["version"]), None)


def told_device(cloud: LocalCloud, request: Mapping[str, str]) -> dict[str, Any]:
    """What the function for commands answers to ``request``, or why it does not."""
    functions = cloud.client("lambda")
    try:
        answer = functions.invoke(FunctionName=cloud.outputs["DevicesFunction"], Payload=json.dumps(request))
    except functions.exceptions.ClientError as error:
        return {"error": str(error)}
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def picture_behind(text: str) -> Picture:
    """What the link in an alert's text leads to, opened as a browser does: the page, its button, the picture."""
    from PIL import Image, UnidentifiedImageError

    found = _LINK.search(text)
    if found is None:
        return Picture(None, "there is none")
    try:
        with _OPENER.open(found[0], timeout=_SECONDS) as page:
            if page.status != 200 or b"<form" not in page.read():
                return Picture(None, f"it leads to no page with a button (HTTP {page.status})")
        with _OPENER.open(urllib.request.Request(found[0], method="POST"), timeout=_SECONDS) as answer:
            if answer.status != 303:
                return Picture(None, f"its button leads nowhere (HTTP {answer.status})")
            address = answer.headers["Location"]
        event_id = PurePosixPath(urlsplit(address).path).stem
        with _OPENER.open(address, timeout=_SECONDS) as answer:
            data, kind = answer.read(), answer.headers["Content-Type"]
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            is_jpeg = picture.format == "JPEG" and kind == "image/jpeg"
    except (OSError, UnidentifiedImageError) as error:
        return Picture(None, str(error))
    return Picture(event_id, "" if is_jpeg else f"its picture is no JPEG but {kind}")


class _AsItComes(urllib.request.HTTPErrorProcessor):
    """Every answer is given as it comes, also one that leads elsewhere or says no."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        return response

    https_response = http_response


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _AsItComes)
