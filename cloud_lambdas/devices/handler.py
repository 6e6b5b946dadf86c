"""Lambda's entry, for three callers.

- The queue `statuses`, in batches: what devices say of themselves and what they answer. What fails is reported record
  by record and comes again; what is neither goes to the dead-letter queue with its reason. A reply to what this
  function did not send is no more than a line in the log: somebody may command a device by hand.
- A schedule, every minute: who broke its promise and who is back.
- Whoever invokes it directly: ``{"command": ..., "thing": ...}``, see :mod:`cloud_lambdas.shared.device_commands`
  for what may be asked and what is answered. It does not wait for a device: ask for the ``state`` until it is neither
  ``sending`` nor ``sent``. Give a ``command_id`` of your own where the invocation itself may be repeated, as the AWS
  SDK does after a time-out. Asking needs the right ``lambda:InvokeFunction`` on this function and no other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from argus.core.commands import CommandRefused
from argus.core.errors import EventError, UsageError
from argus.core.ports import Clock
from argus.storage.failpoints import failpoint
from cloud_lambdas.devices.arrival import StatusArrival, decode_arrival, thing_of
from cloud_lambdas.devices.command_topics import CommandTopics
from cloud_lambdas.devices.commanding import Commanding
from cloud_lambdas.devices.commands_table import CommandsTable
from cloud_lambdas.devices.devices_table import DevicesTable
from cloud_lambdas.devices.statuses import take_status
from cloud_lambdas.devices.topic import AlarmsTopic
from cloud_lambdas.devices.watch import watch
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock, new_id
from cloud_lambdas.shared.device_commands import Forget, StateOf, decode_request, encode_answer
from cloud_lambdas.shared.environment import required
from cloud_lambdas.shared.refusals import Refusals
from cloud_lambdas.shared.time_left import Call, in_time

Handler = Callable[[Any, Call], Mapping[str, Any]]

_CLOCK = SystemClock()


def create(environment: Mapping[str, str], clients: Clients, clock: Clock = _CLOCK) -> Handler:
    """The function, with everything that it needs; raises UsageError for an environment that lacks something."""
    logger = Logger(service="devices")
    devices = DevicesTable(clients.dynamodb, required(environment, names.DEVICES_TABLE))
    alarms = AlarmsTopic(clients.sns, required(environment, names.ALARMS_TOPIC))
    commanding = Commanding(
        devices=devices,
        commands=CommandsTable(clients.dynamodb, required(environment, names.COMMANDS_TABLE)),
        publisher=CommandTopics(clients.iot_data),
        clock=clock,
        new_id=new_id,
    )
    refusals = Refusals(
        clients.sqs,
        required(environment, names.STATUSES_DEAD_LETTERS),
        clients.dynamodb,
        required(environment, names.COOLDOWNS_TABLE),
    )

    def take(record: SQSRecord) -> None:
        try:
            arrival = decode_arrival(record.body)
        except EventError as error:
            refuse(record.body, str(error))
            return
        if isinstance(arrival, StatusArrival):
            take_status(devices, arrival)
        elif reason := commanding.replied(arrival):
            logger.warning("reply refused", thing=arrival.thing, command=arrival.name, reason=reason)

    def refuse(body: str, reason: str) -> None:
        thing = thing_of(body)
        kept = refusals.keep(body, reason, thing, clock.now())
        failpoint("cloud.status.refused")
        logger.warning("message refused", thing=thing, reason=reason, kept=kept)

    def batch(records: list[dict[str, Any]], call: Call) -> Mapping[str, Any]:
        processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
        with processor(records=records, handler=in_time(call, take)):
            outcomes = processor.process()
        for outcome, reason, record in outcomes:
            if outcome != "success":
                logger.error("message not stored", reason=reason, message_id=record["messageId"])
        return processor.response()

    def asked(event: Any) -> Mapping[str, Any]:
        try:
            request = decode_request(event)
            if isinstance(request, Forget):
                forgotten = commanding.forget(request)
                logger.info("forget", thing=request.thing, forgotten=forgotten)
                return {"thing": request.thing, "forgotten": forgotten}
            if isinstance(request, StateOf):
                return encode_answer(commanding.state(request))
            answer = commanding.order(request)
        except (CommandRefused, EventError, UsageError) as error:
            return {"error": str(error)}
        logger.info("command", thing=answer.thing, command=answer.command, id=answer.command_id, state=answer.state)
        return encode_answer(answer)

    def handle(event: Any, call: Call) -> Mapping[str, Any]:
        if isinstance(event, dict) and "Records" in event:
            return batch(event["Records"], call)
        if not isinstance(event, dict) or event.get("source") != "aws.events":
            return asked(event)
        for thing, news in watch(devices, alarms, clock, new_id):
            logger.info("told", thing=thing, trouble=news.trouble, over=news.over)
        return {}

    return handle


@cache
def _from_environment() -> Handler:
    return create(os.environ, Clients(os.environ.get(names.IOT_ENDPOINT, "")))


def handler(event: Any, context: Call) -> Mapping[str, Any]:
    """What Lambda calls."""
    return _from_environment()(event, context)
