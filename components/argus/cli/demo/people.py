"""Who is enrolled in the demo, who is told of alerts, and how both come into the cloud: as anybody would do it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.demo.judging import Photo

if TYPE_CHECKING:
    from cloud_lambdas.local.compose import LocalCloud


@dataclass(frozen=True)
class DemoPerson:
    """Somebody whom the cloud shall know.

    Attributes:
        record: what the table of people has, beside the id.
        photos: file names among the portraits.
    """

    id: str
    record: Mapping[str, str]
    photos: tuple[str, ...]


ENROLLED = (
    DemoPerson(
        "barack-obama",
        {
            "name": "Barack Obama",
            "category": "resident",
            "phone": "+12025550143",
            "email": "barack@example.com",
            "note": "Prefers the side entrance.",
        },
        ("obama.jpg",),
    ),
)

VISITORS = ("Barack Obama", None, "Barack Obama")
"""Of the clip, one a visit; None is a stranger."""


@dataclass(frozen=True)
class Subscriber:
    """Somebody who is told; ``wants`` is a filter on the alerts' attributes, empty for all of them."""

    protocol: str
    endpoint: str
    wants: Mapping[str, list[str]]


SUBSCRIBERS = (
    Subscriber("email", "reception@example.com", {}),
    Subscriber("sms", "+12025550101", {"kind": ["unknown"]}),
    Subscriber("sms", "+12025550102", {"category": ["missing"]}),
)
"""The reception hears everything, the guard's phone of strangers, the one on call of people who are missing."""


def subscribe(cloud: LocalCloud) -> None:
    """Has :data:`SUBSCRIBERS` told."""
    for one in SUBSCRIBERS:
        cloud.client("sns").subscribe(
            TopicArn=cloud.outputs["AlertsTopic"],
            Protocol=one.protocol,
            Endpoint=one.endpoint,
            Attributes={"FilterPolicy": json.dumps(one.wants)} if one.wants else {},
        )


def enrol(cloud: LocalCloud, portraits: Path, person: DemoPerson) -> list[Photo]:
    """Puts the record into the table of people, and the photos into S3."""
    item = {name: {"S": value} for name, value in {"person_id": person.id, **person.record}.items()}
    cloud.client("dynamodb").put_item(TableName=cloud.outputs["PeopleTable"], Item=item)
    photos = []
    for name in person.photos:
        key = f"people/{person.id}/{name}"
        photos.append(Photo(key, datetime.now(timezone.utc)))
        cloud.client("s3").upload_file(str(portraits / name), cloud.outputs["PhotosBucket"], key)
    return photos
