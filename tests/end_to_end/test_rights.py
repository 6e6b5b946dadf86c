"""Every call that a function makes is allowed by its role, and every right that a role grants is used.

The local cloud refuses what a role does not allow, so that any test over it fails where a right is lacking; here
everything is done once that needs a right, and what was never needed is found.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from argus.core import topics
from argus.core.status import decode_status, encode_status
from cloud_lambdas.local.mqtt import BrokerLink
from cloud_lambdas.local.rights import rights_of
from cloud_lambdas.shared.clock import new_id
from tests.end_to_end.cloud import Cloud, cloud
from tests.end_to_end.fleet import EVENTS
from tests.end_to_end.waiting import eventually

FUNCTIONS = ("enrolment", "publisher", "sightings", "alerts", "pictures", "devices")

BY_AWS = {
    "logs:CreateLogStream": "Lambda writes the function's log in its name.",
    "logs:PutLogEvents": "Lambda writes the function's log in its name.",
    "sqs:DeleteMessage": "Lambda takes messages from the queue in the function's name.",
    "sqs:GetQueueAttributes": "Lambda takes messages from the queue in the function's name.",
    "sqs:ReceiveMessage": "Lambda takes messages from the queue in the function's name.",
    "kms:Decrypt": "SNS encrypts in the name of whoever publishes.",
    "kms:GenerateDataKey": "SNS encrypts in the name of whoever publishes.",
}
"""Actions that no function calls itself."""

SELDOM = {
    ("enrolment", "sqs:ChangeMessageVisibility"): "What fails is tried again soon.",
    ("publisher", "sqs:ChangeMessageVisibility"): "What fails is tried again soon.",
    ("publisher", "s3:DeleteObject"): "What no version needs any more goes after a day.",
}
"""Actions that no function of this test has needed."""


def invoke(running: Cloud, function: str, event: Any) -> Any:
    answer = running.aws.client("lambda").invoke(FunctionName=f"argus-{function}", Payload=json.dumps(event).encode())
    content = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, content
    return content


def photos(running: Cloud, portraits: Path) -> None:
    """Taken, refused, replaced, taken away; of somebody known by name, and of somebody who is erased."""
    photo = (portraits / "obama.jpg").read_bytes()
    running.put_photo("people/Barack Obama/1.jpg", photo)
    running.put_photo("inbox/2.jpg", (portraits / "biden.jpg").read_bytes(), person="Joe Biden")
    running.put_photo("people/Barack Obama/bad.jpg", b"no picture")
    assert eventually(lambda: len(running.collection() or ()) == 2)
    running.put_photo("people/Barack Obama/again.jpg", photo)
    running.put_photo("people/barack-obama/3.jpg", (portraits / "obama2.jpg").read_bytes())
    running.delete_photo("people/Barack Obama/1.jpg")
    running.delete_photo("people/Barack Obama/again.jpg")
    running.delete_photo("people/Barack Obama/bad.jpg")
    assert eventually(lambda: {item["photo_key"]["S"] for item in running.items("VerdictsTable")}
                      == {"inbox/2.jpg", "people/barack-obama/3.jpg"})  # fmt: skip


def collections(running: Cloud) -> None:
    """Compared with the tables; somebody is erased."""
    invoke(running, "publisher", {"source": "aws.events"})
    erase = json.dumps({"person_id": "joe-biden", "erase": True})
    running.aws.client("dynamodb").update_item(
        TableName=running.outputs["PeopleTable"],
        Key={"person_id": {"S": "joe-biden"}},
        UpdateExpression="SET deleted_at = :now",
        ExpressionAttributeValues={":now": {"S": datetime.now(timezone.utc).isoformat()}},
    )
    running.aws.client("sqs").send_message(QueueUrl=running.outputs["ChangesQueue"], MessageBody=erase)
    assert eventually(lambda: len(running.collection() or ()) == 1)
    assert eventually(lambda: running.waiting("ChangesQueue") == 0)


def events(running: Cloud) -> None:
    """All kinds of them, one that is none; somebody is told, and looks at the picture."""
    alerts = running.subscribe()
    golden = {name: (EVENTS / f"{name}.json").read_bytes() for name in ("match", "unknown", "match_revised", "left")}
    key = "snapshots/hall-1/2024/05/01/zoe.jpg"
    golden["match"] = golden["match"].replace(b'"snapshot": null', b'"snapshot": "%s"' % key.encode())
    known = json.loads(golden["match"])
    again = {**known, "event_id": new_id(datetime.now(timezone.utc)), "visit_id": new_id(datetime.now(timezone.utc))}
    golden["again"] = json.dumps(again).encode()
    with BrokerLink(running.broker.port, "device") as device:
        for name in ("match", "again", "unknown", "left", "match_revised"):  # again is within the cool-down
            event = json.loads(golden[name])
            device.publish(topics.visit_event(event["kind"], "hall-1", event["camera"]), golden[name])
            assert eventually(lambda name=name: name != "match" or alerts.look())  # type: ignore[misc]
        device.publish(topics.visit_event("match", "hall-1", "door"), b"no event")
        device.publish(topics.status("hall-1"), b"no status")
    pictured = "Picture: "
    (told,) = [message["Message"] for message in alerts.messages if pictured in message["Message"]]
    link = told.partition(pictured)[2]
    running.aws.client("s3").put_object(Bucket=running.outputs["SnapshotsBucket"], Key=key, Body=b"a picture")
    for method in ("GET", "POST"):
        with urllib.request.urlopen(urllib.request.Request(link, method=method, data=None)) as answer:
            assert answer.status == 200
    assert eventually(lambda: running.waiting("VisitsQueue") == running.waiting("AlertsQueue") == 0)


def devices(running: Cloud) -> None:
    """One is heard, is told something and answers; falls silent, and is told of; and is forgotten."""
    status = decode_status((EVENTS / "messages" / "status_starting.json").read_bytes())
    with BrokerLink(running.broker.port, "device") as device:
        heard: list[bytes] = []
        device.subscribe(topics.commands("hall-1"), lambda topic, payload: heard.append(payload))
        device.publish(topics.status("hall-1"), encode_status(replace(status, next_within_seconds=0.5)))
        assert eventually(lambda: running.items("DevicesTable"))
        order = invoke(running, "devices", {"command": "sync", "thing": "hall-1", "arguments": {}})
        assert "command_id" in order, order
        assert eventually(lambda: heard)
        reply = json.loads((EVENTS / "messages" / "reply.json").read_bytes())
        device.publish(
            topics.reply("hall-1", "sync"), json.dumps({**reply, "command_id": order["command_id"]}).encode()
        )
        assert eventually(lambda: running.waiting("StatusesQueue") == 0)
    invoke(running, "devices", {"command": "state", "thing": "hall-1", "command_id": order["command_id"]})

    def is_missed() -> bool:
        invoke(running, "devices", {"source": "aws.events"})
        return "sns:Publish" in {action for action, _ in running.uses("devices")}

    assert eventually(is_missed)
    assert invoke(running, "devices", {"command": "forget", "thing": "hall-1"})["forgotten"]


@pytest.fixture(scope="module")
def used(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud in which everything was done."""
    with cloud(tmp_path_factory.mktemp("cloud")) as running:
        photos(running, portraits)
        collections(running)
        events(running)
        devices(running)
        yield running
        print(running.log[-4000:])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_right_of_a_role_is_used_or_is_for_aws_itself(used: Cloud, function: str) -> None:
    rights = rights_of(used.stack, f"{function.title()}Function")
    idle = {action for action, _ in rights.granted - used.uses(function)}
    assert idle - BY_AWS.keys() == {action for name, action in SELDOM if name == function}


def test_no_function_was_refused_anything(used: Cloud) -> None:
    assert "AccessDenied" not in used.log
