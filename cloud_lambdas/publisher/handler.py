"""Lambda's entry: the queue `changes`, in batches that become one version each, and the schedule that reconciles."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from botocore.exceptions import BotoCoreError, ClientError

from argus.core.errors import ArgusError, EventError
from argus.core.ports import Clock
from argus.core.topics import segment
from argus.storage.collecting import GRACE, collect_garbage
from argus.storage.erasing import Erased, erase_person
from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store
from argus.storage.s3_versions import S3Versions
from argus.storage.signing_kms import KmsSigner
from cloud_lambdas.publisher.service import MODEL_ID, Published, Publisher
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.changes import Change, decode_change
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock
from cloud_lambdas.shared.environment import required
from cloud_lambdas.shared.faces_table import FacesTable
from cloud_lambdas.shared.people_table import PeopleTable
from cloud_lambdas.shared.try_again import TryAgain

Handler = Callable[[dict[str, Any], object], PartialItemFailureResponse]

_CLOCK = SystemClock()

GARBAGE_AN_HOUR = 300
"""Objects that one run deletes, four requests each, so that the changes that come meanwhile do not wait for long."""


def create(environment: Mapping[str, str], clients: Clients, clock: Clock = _CLOCK) -> Handler:
    """The function over these clients; KMS is asked for the public key at once.

    Raises:
        UsageError: a variable is missing.
        SigningError: the key cannot be used.
    """
    logger = Logger(service="publisher")
    publisher, store = _publisher(environment, clients, clock)
    again = TryAgain(clients.sqs, required(environment, names.CHANGES_QUEUE))

    def tell(published: Published) -> None:
        for person_id, reason in published.failed.items():
            logger.error("person not brought up to date", person_id=person_id, reason=reason)
        statement = published.snapshot.head.statement
        logger.info("published", sequence=statement.sequence, people=len(published.snapshot.collection))

    def collect() -> None:
        # There is no going back to an earlier version: the tables would be brought back within an hour.
        collected = collect_garbage(store, grace=GRACE, keep=0, most=GARBAGE_AN_HOUR)
        logger.info("garbage collected", objects=len(collected.deleted), waiting=collected.waiting)

    def handle(event: dict[str, Any], context: object) -> PartialItemFailureResponse:
        """A batch of the queue; any other event is the schedule's."""
        if "Records" not in event:
            tell(publisher.reconcile())
            collect()
            return {"batchItemFailures": []}
        changes: dict[str, Change] = {}
        bad = []
        for record in event["Records"]:
            try:
                changes[record["messageId"]] = decode_change(record["body"])
            except EventError as error:
                logger.error("no change", reason=str(error), message_id=record["messageId"])
                bad.append(record["messageId"])
        if changes:
            try:
                published = publisher.apply(changes.values())
            except (ArgusError, BotoCoreError, ClientError):
                again.soon(event["Records"])
                raise
            tell(published)
            bad += [id_ for id_, change in changes.items() if change.person_id in published.failed]
        again.soon([record for record in event["Records"] if record["messageId"] in bad])
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in bad]}

    return handle


def _publisher(environment: Mapping[str, str], clients: Clients, clock: Clock) -> tuple[Publisher, S3Store]:
    """The publisher, and where its collection is."""
    collection_id = segment(environment.get(names.COLLECTION) or "people", "collection id")
    place = (required(environment, names.COLLECTIONS_BUCKET), f"collections/{collection_id}", clients.s3)
    store, versions = S3Store(*place), S3Versions(*place)
    signers = (KmsSigner(clients.kms, required(environment, names.SIGNING_KEY)),)

    def erase(person_id: str) -> Erased:
        return erase_person(store, versions, person_id, clock.now, signers=signers)

    def publish(topic: str, payload: bytes) -> None:
        clients.iot_data.publish(topic=topic, qos=1, retain=True, payload=payload)

    publisher = Publisher(
        CollectionRepository(store, collection_id, clock.now, MODEL_ID, signers=signers),
        FacesTable(clients.dynamodb, required(environment, names.FACES_TABLE)),
        PeopleTable(clients.dynamodb, required(environment, names.PEOPLE_TABLE)),
        erase=erase,
        publish=publish,
        now=clock.now,
    )
    return publisher, store


@cache
def _handler() -> Handler:
    return create(os.environ, Clients(os.environ.get(names.IOT_ENDPOINT, "")))


def handler(event: dict[str, Any], context: object) -> PartialItemFailureResponse:
    """What Lambda calls; what it needs is made at the first event."""
    return _handler()(event, context)
