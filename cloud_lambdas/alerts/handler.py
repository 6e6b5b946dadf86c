"""Lambda's entry: the FIFO queue `alerts`, in batches; what fails is reported record by record and comes again.

All of a batch is published before any of it is posted. The events of one visit are a group of the queue. Where one of
them fails, those that follow it in the batch fail with it, so that they stay in order; other visits go on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse, PartialItemFailures
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import ClientError

from argus.core.errors import ArgusError
from argus.core.ports import Clock
from cloud_lambdas.alerts.latency import LatencyMetric
from cloud_lambdas.alerts.secret import WebhookSecret
from cloud_lambdas.alerts.service import AlertsService, Told
from cloud_lambdas.alerts.table import AlertsTable
from cloud_lambdas.alerts.topic import AlertsTopic
from cloud_lambdas.alerts.webhook import Webhook
from cloud_lambdas.alerts.zone import time_zone
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.alert import decode_alert
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock
from cloud_lambdas.shared.environment import positive_number, required, whole_number
from cloud_lambdas.shared.links import Links
from cloud_lambdas.shared.time_left import Call, in_time

DEFAULT_COOL_DOWN_SECONDS = 300
DEFAULT_SNAPSHOT_DAYS = 30

LINK_DAYS = 7
"""A link is of use as long as somebody may still act on it, and as its picture is kept."""

Handler = Callable[[dict[str, Any], Call], PartialItemFailureResponse]

_CLOCK = SystemClock()


def create(environment: Mapping[str, str], clients: Clients, clock: Clock = _CLOCK) -> Handler:
    """The function, with everything that it needs.

    Raises:
        UsageError: the environment lacks something, or says something that cannot be.
    """
    logger = Logger(service="alerts")
    latency = LatencyMetric(sys.stdout)
    service = _service(environment, clients, clock)

    def each(records: list[dict[str, Any]], step: Callable[[SQSRecord], None]) -> list[PartialItemFailures]:
        """Which of the records fail in this step."""
        processor = SqsFifoPartialProcessor(skip_group_on_error=True)
        processor.raise_on_entire_batch_failure = False
        with processor(records=records, handler=step):
            outcomes = processor.process()
        failed = [record for outcome, _, record in outcomes if outcome != "success"]
        for record, (_, error, _) in zip(failed, processor.exceptions, strict=True):
            logger.error("alert not told", reason=reason_of(error), message_id=record["messageId"])
        return processor.response()["batchItemFailures"]

    def handle(event: dict[str, Any], call: Call) -> PartialItemFailureResponse:
        told: dict[str, Told] = {}
        posted: set[str] = set()

        def publish(record: SQSRecord) -> None:
            one = told[record.message_id] = service.publish(decode_alert(record.body))
            logger.info(
                "alert", event_id=one.alert.event_id, kind=one.alert.kind, state=one.state, latency_ms=one.latency_ms
            )

        def post(record: SQSRecord) -> None:
            one = told[record.message_id]
            if one.alert.event_id in posted:
                return  # it is twice in this batch
            status = service.post(one)
            posted.add(one.alert.event_id)
            if status is not None and not 200 <= status < 300:
                logger.error("webhook refused: see the secret", event_id=one.alert.event_id, status=status)

        not_published = each(event["Records"], in_time(call, publish))
        latency.tell(one.latency_ms for one in told.values() if one.latency_ms is not None)
        published = [record for record in event["Records"] if record["messageId"] in told]
        not_posted = each(published, in_time(call, post))
        return {"batchItemFailures": not_published + not_posted}

    return handle


def _service(environment: Mapping[str, str], clients: Clients, clock: Clock) -> AlertsService:
    cool_down = whole_number(environment, names.ALERT_COOL_DOWN_SECONDS, DEFAULT_COOL_DOWN_SECONDS)
    days = min(LINK_DAYS, positive_number(environment, names.SNAPSHOT_DAYS, DEFAULT_SNAPSHOT_DAYS))
    return AlertsService(
        states=AlertsTable(
            clients.dynamodb, required(environment, names.COOLDOWNS_TABLE), timedelta(seconds=cool_down)
        ),
        pictures=Links(
            clients.dynamodb,
            required(environment, names.LINKS_TABLE),
            required(environment, names.LINK_BASE),
            timedelta(days=days),
        ),
        topic=AlertsTopic(clients.sns, required(environment, names.ALERTS_TOPIC)),
        webhook=Webhook(WebhookSecret(clients.secrets, required(environment, names.WEBHOOK_SECRET), clock), clock),
        clock=clock,
        zone=time_zone(environment.get(names.TIME_ZONE, "") or "UTC"),
    )


def reason_of(error: BaseException | None) -> str:
    """Why a record failed, without anything that was in it."""
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response['Error']['Code']}"
    return str(error) if isinstance(error, ArgusError) else type(error).__name__


@cache
def _handler() -> Handler:
    return create(os.environ, Clients())


def handler(event: dict[str, Any], context: Call) -> PartialItemFailureResponse:
    """What Lambda calls; what it needs is made at the first event."""
    return _handler()(event, context)
