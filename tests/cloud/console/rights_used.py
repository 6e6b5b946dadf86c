"""Which rights a command of ``argus cloud`` has used, and which its documentation names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cloud_lambdas.console import stack
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.local.needs import Need, needs
from cloud_lambdas.shared.clients import Clients

NO_FUNCTIONS = {
    ("s3", "GetBucketLifecycleConfiguration"): "s3:GetLifecycleConfiguration",
    ("s3", "GetBucketReplication"): "s3:GetReplicationConfiguration",
    ("s3", "GetBucketVersioning"): "s3:GetBucketVersioning",
    ("s3", "GetObjectLockConfiguration"): "s3:GetBucketObjectLockConfiguration",
    ("sqs", "ChangeMessageVisibility"): "sqs:ChangeMessageVisibility",
    ("sqs", "ChangeMessageVisibilityBatch"): "sqs:ChangeMessageVisibility",
    ("sqs", "DeleteMessage"): "sqs:DeleteMessage",
    ("sqs", "GetQueueAttributes"): "sqs:GetQueueAttributes",
    ("sqs", "ReceiveMessage"): "sqs:ReceiveMessage",
}
"""The calls that no function makes, of a bucket or queue as a whole."""

Rights = set[tuple[str, str]]
"""Output of the template, and action."""


def used_from_now_on(monkeypatch: pytest.MonkeyPatch, of: Stack) -> Rights:
    """A set that grows with what commands use, but for the look at the stack itself."""
    outputs = {value.rpartition("/")[2]: name for name, value in of.outputs.items()}
    found: Rights = set()

    def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        for need in _needs(model.service_model.service_name, model.name, params):
            found.add((next(outputs[part] for part in re.split("[:/]", need.resource) if part in outputs), need.action))

    class Watched(Clients):
        def __init__(self, iot_endpoint: str = "") -> None:
            super().__init__(iot_endpoint)
            self._session.events.register("provide-client-params", note)

    monkeypatch.setattr(stack, "Clients", Watched)
    return found


def documented(text: str, title: str) -> Rights:
    """Those in the table of a section: actions in the first column, outputs in the second."""
    section = text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`\w+:[^|]*) \| (`\w+`[^|]*) \|$", section, re.MULTILINE)
    return {
        (output, action)
        for actions, outputs in rows
        for output in re.findall(r"`([A-Z]\w+)`", outputs)
        for action in re.findall(r"`([\w:]+)`", actions)
    }


def _needs(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    action = NO_FUNCTIONS.get((service, operation))
    if action is not None:
        yield Need(action, params.get("Bucket") or params["QueueUrl"])
    else:
        yield from needs(service, operation, params)
