"""The local cloud, spoken to as devices, people and programs speak to AWS: by MQTT, HTTP and boto3."""

from __future__ import annotations

import base64
import json
import time
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cloud_lambdas.local.mqtt import BrokerLink
from tests.local.conftest import Running
from tests.waiting import until


@pytest.fixture
def device(running: Running) -> Iterator[BrokerLink]:
    """Somebody else at the broker."""
    with BrokerLink(running.cloud.mqtt_port, f"device-{uuid.uuid4().hex}") as link:
        yield link


def noted(running: Running, name: str) -> Any:
    """What the function noted under a name, or None."""
    answer = running.cloud.client("dynamodb").get_item(
        TableName=running.cloud.outputs["Table"], Key={"id": {"S": name}}
    )
    return json.loads(answer["Item"]["value"]["S"]) if "Item" in answer else None


def send(running: Running, *bodies: str) -> None:
    for body in bodies:
        running.cloud.client("sqs").send_message(QueueUrl=running.cloud.outputs["Queue"], MessageBody=body)


def bodies(running: Running, queue: str) -> list[str]:
    """Of the messages that a queue has, which are taken away."""
    sqs, url = running.cloud.client("sqs"), running.cloud.outputs[queue]
    messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


def test_what_a_device_says_reaches_the_function(running: Running, device: BrokerLink) -> None:
    before = time.time() * 1000
    device.publish("argus/v1/match/hall", b"\x00 not JSON")
    record = until(lambda: noted(running, "argus/v1/match/hall"))
    said = json.loads(record["body"])
    assert said["kind"] == "match"
    assert said["topic"] == "argus/v1/match/hall"
    assert base64.b64decode(said["payload"]) == b"\x00 not JSON"
    assert before - 1 <= said["at"] <= time.time() * 1000
    assert record["eventSource"] == "aws:sqs"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"


def test_only_the_bad_message_of_a_batch_comes_back_and_ends_in_the_dead_letter_queue(running: Running) -> None:
    send(running, "good 1", "bad 1", "good 2")
    assert until(lambda: noted(running, "good 1") and noted(running, "good 2"))

    assert until(lambda: bodies(running, "DeadQueue")) == ["bad 1"]


def test_messages_of_a_fifo_queue_go_on_after_one_that_fails(running: Running) -> None:
    for body in ("bad 2", "good 3"):
        running.cloud.client("sqs").send_message(
            QueueUrl=running.cloud.outputs["Ordered"], MessageBody=body, MessageGroupId="maria"
        )
    assert until(lambda: noted(running, "good 3"))["attributes"]["MessageGroupId"] == "maria"
    assert until(lambda: bodies(running, "OrderedDead")) == ["bad 2"]


def test_a_batch_whose_function_crashes_comes_back_as_a_whole(running: Running) -> None:
    send(running, "crash")
    assert until(lambda: bodies(running, "DeadQueue")) == ["crash"]


def test_objects_that_come_and_go_are_told_to_the_queue(running: Running) -> None:
    s3, bucket = running.cloud.client("s3"), running.cloud.outputs["Photos"]
    s3.put_object(Bucket=bucket, Key="people/maria/a b.jpg", Body=b"jpeg")

    assert until(lambda: noted(running, "ObjectCreated:Put people/maria/a b.jpg"))
    s3.delete_object(Bucket=bucket, Key="people/maria/a b.jpg")
    assert until(lambda: noted(running, "ObjectRemoved:DeleteMarkerCreated people/maria/a b.jpg"))
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Expiration"] == {"Days": 7}
    assert rule["Filter"] == {"Tag": {"Key": "verdict", "Value": "refused"}}


def test_what_a_rule_cannot_hand_on_goes_to_its_error_action(running: Running, device: BrokerLink) -> None:
    device.publish("argus/v1/lost/hall", b"[1]")  # * beside a column needs an object
    s3, bucket = running.cloud.client("s3"), running.cloud.outputs["Audit"]
    (found,) = until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents", []))
    assert found["Key"] == time.strftime("failed/%Y/%m/%d/hall.json", time.gmtime())
    told = json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    assert base64.b64decode(told["base64OriginalPayload"]) == b"[1]"
    assert told["failures"][0]["errorMessage"] == "* beside other columns needs a JSON object"


def test_a_rule_republishes_what_it_wants(running: Running, device: BrokerLink) -> None:
    heard: list[tuple[str, bytes]] = []
    device.subscribe("argus/v1/pong/+", lambda topic, payload: heard.append((topic, payload)))
    device.publish("argus/v1/ping/small", b'{"size": 3}')
    device.publish("argus/v1/ping/large", b'{"size": 4}')
    assert until(lambda: heard)
    assert heard == [("argus/v1/pong/large", b'{"size": 4}')]


def test_boto3_publishes_to_devices_retained(
    running: Running, device: BrokerLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in running.cloud.environment.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("iot-data")
    client.publish(topic="argus/v1/head/people", payload=b"\x01\xff", qos=1, retain=True)
    heard: list[tuple[str, bytes]] = []
    device.subscribe("argus/v1/head/+", lambda topic, payload: heard.append((topic, payload)))
    assert until(lambda: heard) == [("argus/v1/head/people", b"\x01\xff")]
    with pytest.raises(ClientError, match="InvalidRequestException"):
        client.publish(topic="argus/v1/+", payload=b"")


def test_a_function_is_called_by_name(running: Running) -> None:
    client = running.cloud.client("lambda")
    (name,) = running.cloud.functions
    answer = client.invoke(FunctionName=name, Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"function": name, "base": running.cloud.web, "event": {"a": 1}}
    failed = client.invoke(FunctionName=name, Payload=b'{"fail": true}')
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read()) == {"errorType": "ValueError", "errorMessage": "as told"}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.invoke(FunctionName="nobody", Payload=b"{}")


def test_the_http_api_answers_and_what_it_sends_is_shown(running: Running) -> None:
    request = urllib.request.Request(f"{running.cloud.web}/p/abc", data=b"Maria was seen", method="POST")
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, answer.headers["x-token"], answer.read()) == (201, "abc", b"minted")
    (sent,) = until(lambda: [sent for sent in running.sent if sent.subject == "Seen"])
    assert (sent.topic, sent.subject, sent.text) == ("argus-Alerts", "Seen", "Maria was seen")
    assert sent.attributes == {"kind": "match"}


def test_key_secret_and_table_are_as_the_template_says(running: Running) -> None:
    client, outputs = running.cloud.client, running.cloud.outputs
    assert client("kms").describe_key(KeyId=outputs["Key"])["KeyMetadata"]["KeySpec"] == "ECC_NIST_P256"
    secret = json.loads(client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])["SecretString"])
    assert secret["url"] == ""
    assert len(secret["key"]) == 40
    expiry = client("dynamodb").describe_time_to_live(TableName=outputs["Table"])["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires"
    assert "Mail" not in outputs
    assert {resource.type for resource in running.cloud.inert} == {
        "AWS::ApiGatewayV2::Stage", "AWS::IAM::Role", "AWS::Lambda::Permission",
    }  # fmt: skip


def test_rules_go_on_after_the_broker_was_started_anew(running: Running) -> None:
    running.cloud.broker.stop()
    running.cloud.broker.start()

    def heard() -> bool:
        """Published again until the cloud is back: nothing waits at a broker that does not know who will come."""
        with BrokerLink(running.cloud.mqtt_port, f"device-{uuid.uuid4().hex}") as link:
            link.publish("argus/v1/match/after", b"x")
        time.sleep(0.3)
        return bool(noted(running, "argus/v1/match/after"))

    assert until(heard)


def test_whose_filter_lets_a_message_pass_gets_it_in_the_words_of_its_protocol(running: Running) -> None:
    sns, topic = running.cloud.client("sns"), running.cloud.outputs["Topic"]
    for endpoint, kinds in (("+12025550100", ["match"]), ("+12025550101", ["left"])):
        policy = json.dumps({"kind": kinds})
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=endpoint, Attributes={"FilterPolicy": policy})
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="hall@example.com")
    sns.publish(
        TopicArn=topic,
        Subject="Words",
        Message=json.dumps({"default": "in short", "email": "at length"}),
        MessageStructure="json",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "match"}},
    )
    (sent,) = until(lambda: [sent for sent in running.sent if sent.subject == "Words"])
    assert sent.text == "in short"
    assert [(one.protocol, one.endpoint, one.text) for one in sent.to] == [
        ("email", "hall@example.com", "at length"),
        ("sms", "+12025550100", "in short"),
    ]
