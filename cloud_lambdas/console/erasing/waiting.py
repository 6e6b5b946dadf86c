"""What waits somewhere and names them: dead letters, and the cool-downs of alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from argus.core.errors import EventError
from argus.enrolment.naming import person_id as id_of
from argus.storage.failpoints import failpoint
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.erasing.whom import Whom
from cloud_lambdas.enrolment.notifications import decode_keys
from cloud_lambdas.enrolment.whose import PEOPLE_PREFIX
from cloud_lambdas.shared.alert import decode_alert
from cloud_lambdas.shared.changes import decode_change
from cloud_lambdas.shared.dynamodb import text
from cloud_lambdas.shared.redrive import DeadLetters
from cloud_lambdas.shared.rule_message import decode_rule_message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MANY = 100_000
"""Letters of one queue; SQS lends no more of them at once."""

_Reads = Callable[[str, Whom], bool]


class WaitingEraser:
    """Repeating it goes on wherever an earlier run ended.

    Args:
        queues: what kind of message -> its dead letters; the kinds of :data:`READERS`.
    """

    def __init__(self, queues: Mapping[str, DeadLetters], dynamodb: DynamoDBClient, cool_downs: str) -> None:
        self._queues = queues
        self._dynamodb = dynamodb
        self._cool_downs = cool_downs

    def erase(self, whom: Whom, tally: Tally) -> None:
        """Erases it."""
        with ThreadPoolExecutor(len(self._queues)) as pool:  # each takes a second to say that it is empty
            lent = list(pool.map(lambda queue: queue.read(MANY), self._queues.values()))
        for (kind, queue), letters in zip(self._queues.items(), lent, strict=True):
            for letter in letters:
                if _is_theirs(READERS[kind], letter.body, whom):
                    queue.remove(letter)
                    tally.removed["dead_letters"] += 1
                else:
                    queue.put_back([letter])
        failpoint("cloud.erasing.dead_letters")
        self._delete_cool_downs(whom, tally)
        failpoint("cloud.erasing.cool_downs")

    def _delete_cool_downs(self, whom: Whom, tally: Tally) -> None:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._cool_downs,
            ConsistentRead=True,
            FilterExpression="#key = :theirs OR begins_with(#key, :then) OR begins_with(#key, :missing)",
            ExpressionAttributeNames={"#key": "key"},
            ExpressionAttributeValues={
                ":theirs": text(f"cooldown/person/{whom.id}"),
                ":then": text(f"cooldown/person/{whom.id}@"),
                ":missing": text(f"cooldown/missing/{whom.id}/"),
            },
        )
        for item in [item for page in pages for item in page["Items"]]:
            self._dynamodb.delete_item(TableName=self._cool_downs, Key={"key": item["key"]})
            tally.removed["cool_downs"] += 1


def _is_theirs(reads: _Reads, body: str, whom: Whom) -> bool:
    try:
        return reads(body, whom)
    except EventError:
        return whom.is_in_text(body)


def _visit(body: str, whom: Whom) -> bool:
    return whom.is_in_event(decode_rule_message(body).payload)


def _alert(body: str, whom: Whom) -> bool:
    person = decode_alert(body).person
    return person is not None and person.id == whom.id


def _change(body: str, whom: Whom) -> bool:
    return decode_change(body).person_id == whom.id


def _photos(body: str, whom: Whom) -> bool:
    folders = [key.split("/")[1] for key in decode_keys(body) if key.startswith(f"{PEOPLE_PREFIX}/")]
    return any(folder in whom.words or id_of(folder) in whom.ids for folder in folders)


READERS: Mapping[str, _Reads] = {"photos": _photos, "changes": _change, "visits": _visit, "alerts": _alert}
"""Kind of message -> whether one tells of somebody; EventError for what is none of that kind."""
