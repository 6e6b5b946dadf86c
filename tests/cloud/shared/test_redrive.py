"""Messages that go back from a dead-letter queue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from argus.core.errors import UsageError
from argus.storage.failpoints import EXIT_CODE, VARIABLE
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.dead_letters import REASON, THING, WHOLE
from cloud_lambdas.shared.redrive import DeadLetter, DeadLetters

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

REDRIVE = """
import sys
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.redrive import DeadLetters

letters = DeadLetters(Clients().sqs, sys.argv[1])
list(letters.redrive(letters.read()))
"""


class Queues:
    """A queue and the one for its dead letters."""

    def __init__(self, fifo: bool = False) -> None:
        self.sqs = Clients().sqs
        name, suffix = uuid.uuid4().hex, ".fifo" if fifo else ""
        kind: dict[QueueAttributeNameType, str] = {"FifoQueue": "true"} if fifo else {}
        self.dead = self.sqs.create_queue(QueueName=f"dead-{name}{suffix}", Attributes=kind)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
        self.source = self.sqs.create_queue(
            QueueName=f"queue-{name}{suffix}", Attributes={**kind, "RedrivePolicy": policy, "VisibilityTimeout": "0"}
        )["QueueUrl"]
        self.letters = DeadLetters(self.sqs, self.dead)

    def refuse(self, body: str, **attributes: str) -> None:
        """Puts a message into the dead-letter queue, as a function does."""
        self.sqs.send_message(
            QueueUrl=self.dead,
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    def move_all(self) -> list[DeadLetter]:
        return list(self.letters.redrive(self.letters.read()))

    def waiting(self, url: str) -> list[dict[str, str]]:
        """Takes what is in a queue: body and attributes."""
        messages = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=60
        ).get("Messages", [])
        return sorted(
            (
                {
                    "body": message["Body"],
                    **{name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()},
                }
                for message in messages
            ),
            key=lambda message: message["body"],
        )


def test_messages_go_back_without_what_was_said_of_them_and_the_others_stay(aws: str) -> None:
    queues = Queues()
    queues.refuse("a", **{REASON: "not an event", THING: "hall-1", WHOLE: "yes", "kept": "this"})
    queues.refuse("b", **{REASON: "too large", WHOLE: "no"})
    first, cut = sorted(queues.letters.read(), key=lambda letter: letter.body)
    assert (first.body, first.reason, first.thing, first.whole) == ("a", "not an event", "hall-1", True)
    assert (cut.body, cut.reason, cut.thing, cut.whole) == ("b", "too large", None, False)
    assert queues.waiting(queues.source) == []
    assert list(queues.letters.redrive([first])) == [first]
    queues.letters.put_back([cut])
    assert queues.waiting(queues.source) == [{"body": "a", "kept": "this"}]
    assert [message["body"] for message in queues.waiting(queues.dead)] == ["b"]


def test_what_was_only_looked_at_stays_for_the_next_reader(aws: str) -> None:
    queues = Queues()
    for number in range(23):
        queues.refuse(f"{number:02}")
    letters = queues.letters.read()
    assert sorted(letter.body for letter in letters) == [f"{number:02}" for number in range(23)]
    assert {letter.reason for letter in letters} == {"every attempt failed: see the function's log"}
    assert queues.letters.read() == []
    queues.letters.put_back(letters)
    assert len(queues.letters.read(most=12)) == 12


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.MessageNotInflight", "InvalidParameterValue"])
def test_letters_that_came_back_by_themselves_are_no_error(aws: str, code: str) -> None:
    queues = Queues()
    queues.refuse("a")
    letters = queues.letters.read()
    with Stubber(queues.sqs) as said:
        said.add_client_error("change_message_visibility", code)  # moto takes it for done
        queues.letters.put_back(letters)
        said.assert_no_pending_responses()


def test_letters_that_may_not_be_put_back_are_an_error(aws: str) -> None:
    queues = Queues()
    queues.refuse("a")
    letters = queues.letters.read()
    with Stubber(queues.sqs) as said:
        said.add_client_error("change_message_visibility", "AccessDenied")
        with pytest.raises(ClientError, match="AccessDenied"):
            queues.letters.put_back(letters)


def test_what_a_batch_cuts_off_a_group_is_read_too(aws: str) -> None:
    queues = Queues(fifo=True)
    visits = [*range(9), 9, 9, 9]  # the first batch has all of the nine, and the first of the last visit's three
    for number, visit in enumerate(visits):
        queues.sqs.send_message(
            QueueUrl=queues.dead,
            MessageBody=f"{number:02}",
            MessageGroupId=f"visit-{visit}",
            MessageDeduplicationId=str(number),
        )
    for _ in range(2):
        letters = queues.letters.read()
        assert sorted(letter.body for letter in letters) == [f"{number:02}" for number in range(12)]
        assert queues.letters.read() == [], "they are held"
        queues.letters.put_back(letters)
    for letter in queues.letters.read():
        queues.letters.remove(letter)
    counts = queues.sqs.get_queue_attributes(QueueUrl=queues.dead, AttributeNames=["All"])["Attributes"]
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")


def test_a_fifo_message_is_not_swallowed_by_its_first_deduplication_id(aws: str) -> None:
    queues = Queues(fifo=True)
    queues.sqs.send_message(
        QueueUrl=queues.source, MessageBody="a", MessageGroupId="visit-1", MessageDeduplicationId="event-1"
    )
    queues.sqs.receive_message(QueueUrl=queues.source)
    assert "Messages" not in queues.sqs.receive_message(QueueUrl=queues.source)  # it has moved to the dead letters
    [letter] = queues.move_all()
    assert letter.group_id == "visit-1"
    assert queues.waiting(queues.source) == [{"body": "a"}]


def test_who_is_killed_on_the_way_loses_nothing(aws: str) -> None:
    queues = Queues()
    queues.refuse("a")
    killed = subprocess.run(
        [sys.executable, "-c", REDRIVE, queues.dead],
        env={**os.environ, VARIABLE: "cloud.redrive.sent"},
        check=False,
    )
    assert killed.returncode == EXIT_CODE
    assert queues.waiting(queues.source) == [{"body": "a"}]
    counts = queues.sqs.get_queue_attributes(QueueUrl=queues.dead, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_queue_that_no_other_one_has_for_its_dead_letters_is_refused(aws: str) -> None:
    queues = Queues()
    queues.sqs.send_message(QueueUrl=queues.source, MessageBody="a")
    of_none = DeadLetters(queues.sqs, queues.source)
    with pytest.raises(UsageError, match="0 queues have queue-"):
        list(of_none.redrive(of_none.read()))
