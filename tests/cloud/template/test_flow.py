"""What hands things on: nothing is lost in silence."""

from __future__ import annotations

import re
from typing import Any

import pytest

from argus.core import topics
from cloud_lambdas.shared.time_left import NEEDED_SECONDS
from tests.cloud.template.template import Template, names_in, of_type, written

QUEUES = of_type(written(), "AWS::SQS::Queue")
WORKING = sorted(name for name in QUEUES if not name.endswith("DeadQueue"))
RULES = of_type(written(), "AWS::IoT::TopicRule")
_TWO_WEEKS = 1209600
_WORK_SECONDS = 10
"""Of a function, beside one request that hangs."""


def alarms_of(template: Template, metric: str, resource: str) -> list[dict[str, Any]]:
    """The alarms on that figure of that resource, which reach whoever operates this."""
    found = [alarm["Properties"] for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()]
    return [
        alarm
        for alarm in found
        if alarm["MetricName"] == metric
        and resource in names_in(alarm["Dimensions"])
        and alarm["AlarmActions"] == [{"Ref": "AlarmsTopic"}]
    ]


def test_what_there_is() -> None:
    assert WORKING == ["AlertsQueue", "ChangesQueue", "PhotosQueue", "StatusesQueue", "VisitsQueue"]


@pytest.mark.parametrize("name", WORKING)
def test_every_queue_has_a_dead_letter_queue_and_alarms(template: Template, name: str) -> None:
    queue = QUEUES[name]["Properties"]
    dead_name = name.replace("Queue", "DeadQueue")
    dead = QUEUES[dead_name]["Properties"]
    assert names_in(queue["RedrivePolicy"]["deadLetterTargetArn"]) == {dead_name}
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert queue.get("FifoQueue") == dead.get("FifoQueue")
    assert queue["MessageRetentionPeriod"] == dead["MessageRetentionPeriod"] == _TWO_WEEKS
    allowed = dead["RedriveAllowPolicy"]
    assert allowed["redrivePermission"] == "byQueue"
    (source,) = allowed["sourceQueueArns"]
    assert source["Fn::Sub"].endswith(":" + queue["QueueName"]["Fn::Sub"])
    (depth,) = alarms_of(template, "ApproximateNumberOfMessagesVisible", dead_name)
    assert (depth["Threshold"], depth["Statistic"]) == (1, "Maximum")
    assert len(alarms_of(template, "ApproximateAgeOfOldestMessage", name)) == 1


def test_every_queue_is_encrypted() -> None:
    assert all(queue["Properties"]["SqsManagedSseEnabled"] is True for queue in QUEUES.values())


@pytest.mark.parametrize("name", WORKING)
def test_a_message_stays_hidden_while_its_function_works_and_fails_alone(plain: Template, name: str) -> None:
    sources = of_type(plain, "AWS::Lambda::EventSourceMapping").values()
    (source,) = (one["Properties"] for one in sources if name in names_in(one["Properties"]["EventSourceArn"]))
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    (function,) = names_in(source["FunctionName"])
    window = source.get("MaximumBatchingWindowInSeconds", 0)
    longest = plain["Parameters"][window["Ref"]]["MaxValue"] if isinstance(window, dict) else window
    timeout = plain["Resources"][function]["Properties"]["Timeout"]
    assert QUEUES[name]["Properties"]["VisibilityTimeout"] >= 6 * timeout + longest


def test_every_function_outlives_a_request_that_gets_no_answer() -> None:
    functions = of_type(written(), "AWS::Serverless::Function")
    assert len(functions) == 6
    short = [name for name, one in functions.items() if one["Properties"]["Timeout"] < NEEDED_SECONDS + _WORK_SECONDS]
    assert short == []


def test_photos_are_told_of_when_they_come_and_go(template: Template) -> None:
    bucket = template["Resources"]["PhotosBucket"]
    told = bucket["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert {one["Event"] for one in told} == {"s3:ObjectCreated:*", "s3:ObjectRemoved:*"}
    assert all(names_in(one["Queue"]) == {"PhotosQueue"} for one in told)
    assert bucket["DependsOn"] == "PhotosQueuePolicy"
    (allowed, _) = template["Resources"]["PhotosQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    source = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert source.endswith(":::" + bucket["Properties"]["BucketName"]["Fn::Sub"])


@pytest.mark.parametrize("name", RULES)
def test_every_rule_hands_on_whatever_comes_and_has_somewhere_for_what_fails(template: Template, name: str) -> None:
    payload = RULES[name]["Properties"]["TopicRulePayload"]
    assert payload["Sql"].startswith(
        "SELECT topic() AS topic, timestamp() AS received_at, encode(*, 'base64') AS payload_base64 FROM '"
    )
    (action,) = payload["Actions"]
    assert names_in(action["Sqs"]["QueueUrl"]) <= {"VisitsQueue", "StatusesQueue"}
    failed = payload["ErrorAction"]["S3"]
    assert names_in(failed["BucketName"]) == {"AuditBucket"}
    assert failed["Key"].startswith("failed-rules/")
    for role in (action["Sqs"]["RoleArn"], failed["RoleArn"]):
        assert names_in(role) == {"RulesRole"}
    assert len(alarms_of(template, "Failure", name)) == 1


def heard(topic: str) -> list[set[str]]:
    """Where the rules send what is published there."""
    found = []
    for rule in RULES.values():
        payload = rule["Properties"]["TopicRulePayload"]
        topic_filter = re.search(r"FROM '([^']+)'$", payload["Sql"])
        assert topic_filter
        if re.fullmatch(topic_filter[1].replace("+", "[^/]+"), topic):
            found.append(names_in(payload["Actions"][0]["Sqs"]["QueueUrl"]))
    return found


def test_what_devices_say_is_heard_once() -> None:
    for kind in topics.EVENT_KINDS:
        assert heard(topics.visit_event(kind, "hall-1", "door")) == [{"VisitsQueue"}]
    assert heard(topics.status("hall-1")) == heard(topics.reply("hall-1", "sync")) == [{"StatusesQueue"}]


def test_what_devices_are_told_is_not_taken_for_it() -> None:
    told = [topics.acknowledgement("hall-1"), topics.command("hall-1", "sync"), topics.collection_head("people")]
    assert [heard(topic) for topic in [*told, topics.canary("hall-1")]] == [[], [], [], []]


def test_what_calls_a_function_and_is_no_queue_has_an_alarm(template: Template) -> None:
    called = {
        name
        for name, function in of_type(template, "AWS::Serverless::Function").items()
        if any(event["Type"] != "SQS" for event in function["Properties"]["Events"].values())
    }
    assert called == {name for name in template["Resources"] if alarms_of(template, "Errors", name)}
    assert len(called) == 3


def test_what_subscribers_do_not_get_has_an_alarm(template: Template) -> None:
    (alarm,) = alarms_of(template, "NumberOfNotificationsFailed", "AlertsTopic")
    assert (alarm["Namespace"], alarm["Statistic"], alarm["Threshold"]) == ("AWS/SNS", "Sum", 1)


def test_one_publisher_at_a_time(plain: Template) -> None:
    reserved = {
        name: one["Properties"]["ReservedConcurrentExecutions"]
        for name, one in of_type(plain, "AWS::Lambda::Function").items()
        if "ReservedConcurrentExecutions" in one["Properties"]
    }
    assert reserved == {"PublisherFunction": 1}
    # The queue does not know: a batch that finds it at work has been received.
    assert QUEUES["ChangesQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] >= 50
