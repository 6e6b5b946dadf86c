"""Lambda's entry: the queue `visits`, in batches; what fails is reported record by record and comes again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError

from argus.core.errors import EventError
from argus.storage.failpoints import failpoint
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock, new_id
from cloud_lambdas.shared.environment import positive_number, required
from cloud_lambdas.shared.people_table import PeopleTable
from cloud_lambdas.shared.refusals import Refusals
from cloud_lambdas.shared.time_left import Call, in_time, is_time_left
from cloud_lambdas.sightings.arrival import decode_arrival, thing_of
from cloud_lambdas.sightings.audit import AuditBucket
from cloud_lambdas.sightings.service import SightingsService
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.sinks import AlertsQueue, DeviceTopics
from cloud_lambdas.sightings.table import SightingsTable

DEFAULT_DAYS = 90

Handler = Callable[[dict[str, Any], Call], PartialItemFailureResponse]


def create(environment: Mapping[str, str], clients: Clients) -> Handler:
    """The function, with everything that it needs; raises UsageError for an environment that lacks something."""
    logger = Logger(service="sightings")
    clock = SystemClock()
    service = SightingsService(
        people=PeopleTable(clients.dynamodb, required(environment, names.PEOPLE_TABLE)),
        sightings=SightingsTable(clients.dynamodb, required(environment, names.SIGHTINGS_TABLE)),
        audit=AuditBucket(clients.s3, required(environment, names.AUDIT_BUCKET)),
        alerts=AlertsQueue(clients.sqs, required(environment, names.ALERTS_QUEUE)),
        devices=DeviceTopics(clients.iot_data),
        clock=clock,
        new_id=new_id,
        kept_for=timedelta(days=positive_number(environment, names.SIGHTINGS_DAYS, DEFAULT_DAYS)),
    )
    refusals = Refusals(
        clients.sqs,
        required(environment, names.VISITS_DEAD_LETTERS),
        clients.dynamodb,
        required(environment, names.COOLDOWNS_TABLE),
    )

    def take(record: SQSRecord) -> Sighting | None:
        try:
            return service.take(decode_arrival(record.body))
        except EventError as error:
            thing, reason = thing_of(record.body), str(error)
        kept = refusals.keep(record.body, reason, thing, clock.now())
        failpoint("cloud.sighting.refused")
        logger.warning("event refused", thing=thing, reason=reason, kept=kept)
        return None

    def acknowledge(taken: list[Sighting]) -> str | None:
        """Why that could not be done."""
        try:
            service.acknowledge(taken)
        except (BotoCoreError, ClientError) as error:
            return str(error)
        return None

    def handle(event: dict[str, Any], call: Call) -> PartialItemFailureResponse:
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        with processor(records=event["Records"], handler=in_time(call, take)):
            outcomes = processor.process()
        for outcome, reason, record in outcomes:
            if outcome != "success":
                logger.error("event not stored", reason=reason, message_id=record["messageId"])
        taken = [result for outcome, result, _ in outcomes if outcome == "success" and result is not None]
        if reason := acknowledge(taken) if is_time_left(call) else "too little time was left":
            # Everything is stored: the devices send again what they did not hear of, and it is acknowledged then.
            logger.warning("acknowledgements not published", reason=reason, events=len(taken))
        return processor.response()

    return handle


@cache
def _from_environment() -> Handler:
    return create(os.environ, Clients(os.environ.get(names.IOT_ENDPOINT, "")))


def handler(event: dict[str, Any], context: Call) -> PartialItemFailureResponse:
    """What Lambda calls."""
    return _from_environment()(event, context)
