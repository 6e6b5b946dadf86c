"""Where moto's server differs from AWS under load, mended: it loses messages, mixes writes, and looks at everything.

It replaces private methods: moto's version is pinned, and tests fail when a repair has no effect.
"""

from __future__ import annotations

import threading
import time
from functools import cache
from types import SimpleNamespace
from typing import Any

from moto import backends
from moto.core import responses, utils
from moto.dynamodb.responses import DynamoHandler
from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend
from moto.s3.responses import S3Response
from moto.sqs import models as sqs
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

_LOOK_SECONDS = 0.2
"""How often a long poll looks whether messages are to be seen again; of new ones it hears at once."""


def mend() -> None:
    """Makes all repairs; before the server starts."""
    _tell_of_delete_markers()
    _one_request_at_a_time()
    _keep_every_message()
    _save_time()


def _tell_of_delete_markers() -> None:
    """Buckets with versions are silent when an object is deleted; AWS tells that a delete marker was made."""
    silent = S3Backend._set_delete_marker

    def set_delete_marker(self: S3Backend, bucket_name: str, key_name: str) -> FakeDeleteMarker:
        marker = silent(self, bucket_name, key_name)
        event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        gone: Any = SimpleNamespace(name=key_name, etag="", size=0)
        notifications.send_event(self.account_id, event, self.get_bucket(bucket_name), gone)
        return marker

    S3Backend._set_delete_marker = set_delete_marker  # type: ignore[method-assign]


def _one_request_at_a_time() -> None:
    """Between the look at a condition and the write another thread may write; AWS does both in one."""
    for handler, method in ((DynamoHandler, "call_action"), (S3Response, "key_response")):
        setattr(handler, method, _in_turn(getattr(handler, method), threading.RLock()))


def _in_turn(method: Any, lock: threading.RLock) -> Any:
    def answer(self: Any, *arguments: Any, **named: Any) -> Any:
        with lock:
            return method(self, *arguments, **named)

    return answer


def _keep_every_message() -> None:
    """A message that is sent while another is deleted is lost, and two may receive the same one."""
    receive, change = SQSBackend.receive_message, SQSBackend.change_message_visibility

    def delete_message(self: Queue, receipt_handle: str) -> None:
        with self._messages_lock:
            for message in self._messages:
                if message.had_receipt_handle(receipt_handle):
                    self.deleted_messages.update(handle for handle in message.all_receipt_handles if handle)
                    self.pending_messages.discard(message)
                    self._messages.remove(message)
                    return
            if receipt_handle not in self.deleted_messages:
                raise ReceiptHandleIsInvalid

    def change_message_visibility(self: SQSBackend, queue_name: str, *more: Any, **named: Any) -> None:
        with self.get_queue(queue_name)._messages_lock:
            change(self, queue_name, *more, **named)

    def receive_message(
        self: SQSBackend, queue_name: str, count: int, wait_seconds_timeout: int, *more: Any, **named: Any
    ) -> list[Message]:
        queue = self.get_queue(queue_name)
        until = time.monotonic() + wait_seconds_timeout
        with queue._messages_lock:
            while True:
                found = receive(self, queue_name, count, 0, *more, **named)
                left = until - time.monotonic()
                if found or left <= 0:
                    return found
                queue._messages_lock.wait(min(left, _LOOK_SECONDS))

    Queue.delete_message = delete_message  # type: ignore[method-assign]
    SQSBackend.receive_message = receive_message  # type: ignore[method-assign]
    SQSBackend.change_message_visibility = change_message_visibility  # type: ignore[method-assign]


def _save_time() -> None:
    """Every request lists the folders of moto's package and the methods of a class, and asks for the date once for each
    message of its queue. Without this a queue of 2,000 messages takes a second for each batch.
    """
    listed = frozenset(backends.list_of_moto_modules())
    replaced: dict[Any, dict[str, Any]] = {
        backends: {"list_of_moto_modules": lambda: listed},
        responses: {"method_names_from_class": cache(utils.method_names_from_class)},
        sqs: {"unix_time": time.time, "unix_time_millis": lambda: 1000 * time.time()},
    }
    for module, names in replaced.items():
        for name, quick in names.items():
            setattr(module, name, quick)
