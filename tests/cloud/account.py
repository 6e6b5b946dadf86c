"""The tables, buckets, queues and the key of enrolment and publisher, in moto's server."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import numpy as np

from argus.core.types import Person
from argus.storage.s3_versions import S3Versions
from cloud_lambdas.console.erasing.enrolled import EnrolledEraser
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.erasing.whom import whom_of
from cloud_lambdas.console.people import CloudPeople
from cloud_lambdas.enrolment.handler import Handler, create
from cloud_lambdas.enrolment.stores import Stores, open_stores
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.changes import Change, decode_change
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.enrolled_person import as_person
from tests.cloud.calls import batch, call, failed
from tests.cloud.resources import arn_of, make_bucket, make_table, taken_out

if TYPE_CHECKING:
    from collections.abc import Mapping


class StoppedClock:
    """Says what it is told."""

    def __init__(self) -> None:
        self.at = datetime(2024, 5, 1, 12, 0, tzinfo=timezone.utc)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def monotonic_seconds(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Account:
    """One deployment.

    Attributes:
        environment: of every function.
        photos_queue: where S3's notifications arrive.
    """

    clients: Clients
    environment: Mapping[str, str]
    photos_queue: str
    clock: StoppedClock = field(default_factory=StoppedClock)

    @property
    def stores(self) -> Stores:
        return open_stores(self.environment, self.clients)

    @property
    def photos(self) -> str:
        return self.environment[names.PHOTOS_BUCKET]

    def put(self, key: str, data: bytes, tags: str = "", metadata: Mapping[str, str] | None = None) -> str:
        """Sends a photo; returns its version."""
        answer = self.clients.s3.put_object(
            Bucket=self.photos, Key=key, Body=data, Tagging=tags, Metadata=dict(metadata or {})
        )
        return answer["VersionId"]

    def delete(self, key: str) -> None:
        """Takes a photo away, and says so as S3 does, for moto says nothing of a mark of deletion."""
        self.clients.s3.delete_object(Bucket=self.photos, Key=key)
        removed = {"eventName": "ObjectRemoved:DeleteMarkerCreated", "s3": {"object": {"key": quote_plus(key)}}}
        self.clients.sqs.send_message(QueueUrl=self.photos_queue, MessageBody=json.dumps({"Records": [removed]}))

    def tags(self, key: str) -> dict[str, str]:
        found = self.clients.s3.get_object_tagging(Bucket=self.photos, Key=key)["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def notifications(self) -> list[str]:
        """What S3 said since the last time."""
        return taken_out(self.clients, self.photos_queue)

    def changes(self) -> list[Change]:
        """What the publisher was told since the last time."""
        return [decode_change(body) for body in taken_out(self.clients, self.environment[names.CHANGES_QUEUE])]

    def enrolment(self) -> Handler:
        """A new instance of the function."""
        return create(self.environment, self.clients, self.clock)

    def deliver(self) -> list[str]:
        """Has S3's notifications handled; the ids of those that failed."""
        return failed(self.enrolment()(batch(*self.notifications()), call()))

    def faces(self) -> dict[str, set[str]]:
        """Person -> the keys of the photos of their faces."""
        found: dict[str, set[str]] = {}
        for face in self.stores.faces.everything():
            found.setdefault(face.person_id, set()).update(face.photos)
        return found

    def vectors(self, person_id: str) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.stack([one.face.vector for one in self.stores.faces.of(person_id)])

    def erase(self, person_id: str) -> Tally:
        """Takes away what somebody was enrolled with."""
        people, tally = self.stores.people, Tally()
        people.end(person_id, self.clock.now())
        buckets = (S3Versions(self.photos, prefix, self.clients.s3) for prefix in ("", "people"))
        whom = whom_of(people, person_id)
        EnrolledEraser(self.stores, *buckets).erase(whom, tally, lambda what, done, total: None)
        people.strip(person_id)
        return tally

    def people(self) -> CloudPeople:
        return CloudPeople(self.stores)

    def person(self, person_id: str) -> Person | None:
        known = self.stores.people.find(person_id)
        return None if known is None or known.standing == "deleted" else as_person(known)


def open_account(iot_endpoint: str = "") -> Account:
    """A new deployment in moto's server."""
    clients, suffix = Clients(iot_endpoint), uuid.uuid4().hex
    for kind in ("photos", "collections"):
        make_bucket(clients, f"{kind}-{suffix}")
        clients.s3.put_bucket_versioning(Bucket=f"{kind}-{suffix}", VersioningConfiguration={"Status": "Enabled"})
    _make_people_table(clients, f"people-{suffix}")
    make_table(clients, f"faces-{suffix}", "person_id", "face_id")
    make_table(clients, f"verdicts-{suffix}", "photo_key")
    queues = {
        kind: clients.sqs.create_queue(QueueName=f"{kind}-{suffix}")["QueueUrl"] for kind in ("photos", "changes")
    }
    clients.s3.put_bucket_notification_configuration(
        Bucket=f"photos-{suffix}",
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": arn_of(clients, queues["photos"]), "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
            ]
        },
    )
    key = clients.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    environment = {
        names.PHOTOS_BUCKET: f"photos-{suffix}",
        names.COLLECTIONS_BUCKET: f"collections-{suffix}",
        names.PEOPLE_TABLE: f"people-{suffix}",
        names.FACES_TABLE: f"faces-{suffix}",
        names.VERDICTS_TABLE: f"verdicts-{suffix}",
        names.PHOTOS_QUEUE: queues["photos"],
        names.CHANGES_QUEUE: queues["changes"],
        names.SIGNING_KEY: key,
    }
    account = Account(clients, environment, queues["photos"])
    account.notifications()
    return account


def _make_people_table(clients: Clients, name: str) -> None:
    clients.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "person_id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "person_id", "AttributeType": "S"},
            {"AttributeName": "name", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_name",
                "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
