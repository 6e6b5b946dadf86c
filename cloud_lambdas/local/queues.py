"""SQS as a function's source: batches, their window, and messages that failed tried again.

What differs from AWS: a message that failed comes back after :data:`RETRY_SECONDS`, and not after the queue's own
time-out of minutes. The queue hands it to its dead-letter queue after as many tries as the template says.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from argus.core.errors import UsageError
from cloud_lambdas.local.account import REGION
from cloud_lambdas.local.functions import LocalFunction
from cloud_lambdas.local.resources import ClientOf, Properties
from cloud_lambdas.local.worker import Worker

_LOG = logging.getLogger(__name__)

RETRY_SECONDS = 1
"""A failed message is seen again after so long."""

_SETTLING_ATTEMPTS = 60
"""To say what became of messages, once a retry's time."""

_MOST_AT_ONCE = 10
"""Messages that SQS gives or takes at once."""

_POLL_SECONDS = 1
"""For a message to come; the end is noticed within it."""

_PAUSE_SECONDS = 0.1
"""Between two looks within a window."""

_KNOWN = {
    "BatchSize",
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "ScalingConfig",
    "Tags",
}


class QueueSource(Worker):
    """Feeds one function from one queue: several batches at a time, but of a FIFO queue one after the other.

    Raises:
        UsageError: the mapping wants something that is not known here.
    """

    def __init__(self, client: ClientOf, url: str, function: LocalFunction, properties: Properties) -> None:
        if unknown := properties.keys() - _KNOWN:
            raise UsageError(f"the local cloud does not know {', '.join(sorted(unknown))} of an event source mapping")
        self._client, self._url, self._function = client, url, function
        self._arn = properties["EventSourceArn"]
        self._batch = int(properties.get("BatchSize", 10))
        self._window_seconds = float(properties.get("MaximumBatchingWindowInSeconds", 0))
        self._partial = "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])
        at_once = int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", function.at_once))
        ordered = self._arn.endswith(".fifo")
        self._free = threading.Semaphore(1 if ordered else min(at_once, function.at_once))
        super().__init__(f"queue {self._arn.rpartition(':')[2]}")

    def _run(self) -> None:
        while not self._ending.is_set():
            if not self._free.acquire(timeout=_POLL_SECONDS):
                continue
            handed_over = False
            try:
                if messages := self._gather():
                    self._hand_over(messages)
                    handed_over = True
            except (BotoCoreError, ClientError) as error:
                if not self._ending.is_set():
                    _LOG.warning("the queue %s cannot be read: %s", self._url, error)
                    self._ending.wait(RETRY_SECONDS)
            finally:
                if not handed_over:
                    self._free.release()

    def _gather(self) -> list[Mapping[str, Any]]:
        """A batch: as many as fit, of those that come within the window after the first."""
        messages = self._receive(min(_MOST_AT_ONCE, self._batch), _POLL_SECONDS)
        until = time.monotonic() + self._window_seconds
        while messages and len(messages) < self._batch and not self._ending.is_set():
            wanted, left = min(_MOST_AT_ONCE, self._batch - len(messages)), until - time.monotonic()
            if left <= 0:
                break
            got = self._receive(wanted, 0)
            messages += got
            if len(got) < wanted:
                self._ending.wait(min(_PAUSE_SECONDS, left))
        return messages

    def _receive(self, count: int, wait_seconds: int) -> list[Mapping[str, Any]]:
        answer = self._client("sqs").receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=count,
            WaitTimeSeconds=wait_seconds,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        got: list[Mapping[str, Any]] = answer.get("Messages", [])
        return got

    def _hand_over(self, messages: list[Mapping[str, Any]]) -> None:
        """Calls the function; what becomes of the messages is settled on its thread."""

        def settle(called: Future[Any]) -> None:
            try:
                if not called.cancelled():
                    self._settle_at_last(messages, called)
            finally:
                self._free.release()

        event = {"Records": [_record(message, self._arn) for message in messages]}
        self._function.invoke(event).add_done_callback(settle)

    def _settle_at_last(self, messages: list[Mapping[str, Any]], called: Future[Any]) -> None:
        """Also where the queue is out of reach for a while: otherwise its own time-out of minutes would count."""
        for _ in range(_SETTLING_ATTEMPTS):
            try:
                self._settle(messages, called)
                return
            except (BotoCoreError, ClientError) as error:
                _LOG.warning("messages of %s are not settled yet: %s", self._url, error)
                if self._ending.wait(RETRY_SECONDS):
                    return

    def _settle(self, messages: list[Mapping[str, Any]], called: Future[Any]) -> None:
        ids = {message["MessageId"] for message in messages}
        failed = ids if called.exception() is not None else self._failed(called.result(), ids)
        self._each("delete_message_batch", [message for message in messages if message["MessageId"] not in failed], {})
        again = [message for message in messages if message["MessageId"] in failed]
        self._each("change_message_visibility_batch", again, {"VisibilityTimeout": RETRY_SECONDS})

    def _failed(self, answer: Any, ids: set[str]) -> set[str]:
        """Which messages the function says have failed; all where it names one that it was not given, as for AWS."""
        if not self._partial or not answer:
            return set()
        named = {item.get("itemIdentifier") for item in answer.get("batchItemFailures", [])}
        return ids if named - ids else named

    def _each(self, operation: str, messages: list[Mapping[str, Any]], more: Mapping[str, Any]) -> None:
        for start in range(0, len(messages), _MOST_AT_ONCE):
            entries = [
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"], **more}
                for index, message in enumerate(messages[start : start + _MOST_AT_ONCE])
            ]
            getattr(self._client("sqs"), operation)(QueueUrl=self._url, Entries=entries)


def _record(message: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """A message as Lambda gives it to a function."""
    names = {"StringValue": "stringValue", "BinaryValue": "binaryValue", "DataType": "dataType"}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: {names[key]: item for key, item in value.items() if key in names}
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }
