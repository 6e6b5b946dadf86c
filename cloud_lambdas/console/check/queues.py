"""Queues and their dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from argus.core.finding import Finding, fault, note
from cloud_lambdas.console.check.account import Account, or_else
from cloud_lambdas.console.errors import code_of
from cloud_lambdas.console.letters import QUEUES

_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_DEPLOY = "run scripts/deploy, which sets it as the template says"


def check_queues(account: Account) -> Iterator[Finding]:
    """Each queue hands what cannot be handled to its dead-letter queue, and that is empty."""
    sqs = account.client("sqs")
    found = (
        finding
        for name, dead in QUEUES.items()
        for finding in _queue(sqs, name, account.stack.output(dead.replace("Dead", "")), account.stack.output(dead))
    )
    return or_else(found, "queues", f"{', '.join(QUEUES)}: no dead letters")


def _queue(sqs: Any, name: str, url: str, dead_url: str) -> Iterator[Finding]:
    queue, dead = _attributes(sqs, url), _attributes(sqs, dead_url)
    if queue is None or dead is None:
        gone = (url if queue is None else dead_url).rpartition("/")[2]
        yield fault("queues", f"{gone} is gone", "run scripts/destroy and scripts/deploy; tables and buckets stay")
        return
    policy = json.loads(queue.get("RedrivePolicy", "{}"))
    if policy.get("deadLetterTargetArn") != dead["QueueArn"]:
        yield fault("queues", f"{name} loses what cannot be handled", _DEPLOY)
    letters = int(dead["ApproximateNumberOfMessages"]) + int(dead["ApproximateNumberOfMessagesNotVisible"])
    if letters:
        yield fault(
            "queues",
            f"{letters} message{'' if letters == 1 else 's'} of {name} could not be handled",
            f"look why with `argus cloud redrive {name} --dry-run`, mend it, and run it without --dry-run",
        )
    waiting = int(queue["ApproximateNumberOfMessages"])
    if waiting:
        yield note("queues", f"{waiting} of {name} wait", "look again in a minute; they should become fewer")


def _attributes(sqs: Any, url: str) -> dict[str, str] | None:
    try:
        found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        return None
    return found
