"""``argus cloud devices`` and ``argus cloud command`` over the local cloud, with a device at its broker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from threading import Thread

import pytest

from argus.cli.main import main
from argus.core.commands import Outcome, Reply, decode_command, encode_reply
from argus.core.status import DeviceStatus, encode_status
from argus.core.topics import commands, reply, status
from cloud_lambdas.devices.devices_table import DevicesTable
from cloud_lambdas.local.compose import LocalCloud
from cloud_lambdas.local.mqtt import BrokerLink
from tests.cloud.console.conftest import Ask, Tell
from tests.cloud.devices.world import golden
from tests.waiting import wait_for

THING = "porch-9"


class Porch:
    """A device that says its status, and answers as it is told; ``None`` is silence."""

    def __init__(self, link: BrokerLink) -> None:
        self._link = link
        self.outcome: Outcome | None = "done"
        self.asked: list[tuple[str, dict[str, str]]] = []

    def listen(self) -> None:
        self._link.subscribe(commands(THING), self._heard)

    def say(self, **changes: object) -> None:
        now = datetime.now(timezone.utc)
        said: DeviceStatus = replace(golden("status"), thing=THING, sent_at=now, **changes)  # type: ignore[arg-type]
        self._link.publish(status(THING), encode_status(said))

    def _heard(self, topic: str, payload: bytes) -> None:
        Thread(target=self._answer, args=(topic, payload)).start()  # the link's own thread may not wait for the broker

    def _answer(self, topic: str, payload: bytes) -> None:
        name, asked = topic.rpartition("/")[2], decode_command(payload)
        self.asked.append((name, asked.arguments))
        if self.outcome is not None:
            message = None if self.outcome == "done" else "not now"
            result = {"key": "snapshots/porch-9/1.jpg"} if name == "snapshot" else {}
            told = Reply(asked.id, self.outcome, message, datetime.now(timezone.utc), result)
            self._link.publish(reply(THING, name), encode_reply(told))


@pytest.fixture
def porch(cloud: LocalCloud) -> Iterator[Porch]:
    """It has said its status; it is forgotten at the end."""
    table = DevicesTable(cloud.client("dynamodb"), cloud.outputs["DevicesTable"])
    with BrokerLink(cloud.mqtt_port, THING) as link:
        device = Porch(link)
        device.listen()
        device.say()
        wait_for(lambda: table.find(THING) is not None)
        yield device
    table.forget(THING)


def test_a_device_that_says_its_status_is_listed(porch: Porch, ask: Ask, tell: Tell) -> None:
    code, found = ask("devices")
    (one,) = [one for one in found if one["thing"] == THING]
    assert (code, one["kind"], one["silent"]) == (0, "device", False)
    assert one["status"]["cameras"] == [camera for camera in one["status"]["cameras"] if camera["id"]] != []
    promised, seen = (datetime.fromisoformat(one[name]) for name in ("promised_until", "last_seen_at"))
    assert promised - seen == timedelta(seconds=golden("status").next_within_seconds)
    lines = tell("devices")[1].splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"{THING}: "))
    assert lines[begin].startswith(f"{THING}: {golden('status').state}, heard ")
    assert any(line.startswith("  collection ") for line in lines[begin:])
    assert any(line.startswith("  camera ") for line in lines[begin:])


def test_a_device_that_broke_its_promise_is_silent(cloud: LocalCloud, porch: Porch, ask: Ask, tell: Tell) -> None:
    cloud.client("dynamodb").update_item(
        TableName=cloud.outputs["DevicesTable"],
        Key={"thing": {"S": THING}},
        UpdateExpression="SET promised_until = :then",
        ExpressionAttributeValues={":then": {"S": "2024-05-01T12:00:00.000Z"}},
    )
    assert [one["silent"] for one in ask("devices")[1] if one["thing"] == THING] == [True]
    assert f"{THING}: SILENT, heard " in tell("devices")[1]


def test_a_command_is_answered(porch: Porch, ask: Ask, tell: Tell) -> None:
    code, (became,) = ask("command", THING, "snapshot", "--camera", "door")
    assert (code, became["state"], became["outcome"]) == (0, "replied", "done")
    assert porch.asked == [("snapshot", {"camera": "door"})]
    code, text = tell("command", THING, "log-level", "--level", "debug", "--minutes", "5")
    assert (code, text) == (0, f"{THING}: log-level is done\n")
    assert porch.asked[1:] == [("log-level", {"level": "debug", "minutes": "5"})]


def test_what_a_device_refuses_is_told_in_its_words(porch: Porch, tell: Tell) -> None:
    porch.outcome = "refused"
    assert tell("command", THING, "preview", "--off") == (1, f"{THING}: preview is refused: not now\n")
    assert porch.asked == [("preview", {"off": "true"})]


def test_a_device_that_does_not_answer(porch: Porch, tell: Tell) -> None:
    porch.outcome = None
    code, text = tell("command", THING, "sync", "--wait", "1")
    assert code == 1
    assert text.startswith(f"{THING}: sync was not delivered: no answer came; ")


def test_a_device_that_is_no_more_is_forgotten(porch: Porch, ask: Ask, tell: Tell) -> None:
    assert tell("devices", "--forget", THING) == (0, f"{THING} is forgotten.\n")
    assert not any(one["thing"] == THING for one in ask("devices")[1])
    assert ask("devices", "--forget", THING) == (1, [{"kind": "forgotten", "thing": THING, "forgotten": False}])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody", "sync"], "nothing has been heard of a device 'nobody': check its name"),
        (["nobody", "snapshot"], "say which camera"),
        (["nobody", "sync", "--camera", "door"], "sync does not know camera: it takes no arguments"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    cloud: LocalCloud, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    capsys.readouterr()
    assert main(["cloud", "command", *arguments]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"argus: {said}")
