"""Lambda's entry: the queue `photos`, in batches; what fails is reported record by record and comes again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from argus.core.ports import Clock
from argus.enrolment.compose import photo_analyser, photo_calibration
from cloud_lambdas.enrolment.admission import Admission
from cloud_lambdas.enrolment.notifications import decode_keys
from cloud_lambdas.enrolment.service import Enrolment
from cloud_lambdas.enrolment.stores import open_stores
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock
from cloud_lambdas.shared.environment import required
from cloud_lambdas.shared.try_again import TryAgain

Handler = Callable[[dict[str, Any], object], PartialItemFailureResponse]

_CLOCK = SystemClock()


def create(environment: Mapping[str, str], clients: Clients, clock: Clock = _CLOCK) -> Handler:
    """The function over these clients; the networks are loaded when the first photo has to be looked at.

    Raises:
        UsageError: a variable is missing.
    """
    logger = Logger(service="enrolment")
    stores = open_stores(environment, clients)
    admission = Admission(stores.faces, stores.people.find, photo_calibration)
    enrolment = Enrolment(stores, admission, photo_analyser, clock.now)
    again = TryAgain(clients.sqs, required(environment, names.PHOTOS_QUEUE))

    def settle(record: SQSRecord) -> None:
        for key in decode_keys(record.body):
            enrolment.settle(key)

    def handle(event: dict[str, Any], context: object) -> PartialItemFailureResponse:
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        with processor(records=event["Records"], handler=settle):
            outcomes = processor.process()
        failed = set()
        for outcome, reason, record in outcomes:
            if outcome != "success":
                logger.error("photo not settled", reason=reason, message_id=record["messageId"])
                failed.add(record["messageId"])
        again.soon([record for record in event["Records"] if record["messageId"] in failed])
        return processor.response()

    return handle


@cache
def _handler() -> Handler:
    return create(os.environ, Clients())


def handler(event: dict[str, Any], context: object) -> PartialItemFailureResponse:
    """What Lambda calls; what it needs is made at the first event."""
    return _handler()(event, context)
