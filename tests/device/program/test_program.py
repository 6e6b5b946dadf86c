"""The program as a whole, at a broker: events, configuration, commands, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from argus.core.events import decode
from argus.core.status import DeviceStatus
from argus.device.outbox.file import OUTBOX_FILE
from argus.device.outbox.store import Outbox
from argus.device.records.store import RECORDS_FILE
from argus.device.settings.model import Settings
from argus.device.strangers_store import STRANGERS_FILE
from tests.component.cloud import NEVER, PROMPT, Cloud
from tests.device.program.device import Device


def is_good(status: DeviceStatus) -> bool:
    return status.state == "running" and all(camera.connected for camera in status.cameras) and status.cameras != ()


def test_visits_reach_the_cloud_and_a_stop_leaves_none_open(device: Device, cloud: Cloud, tmp_path: Path) -> None:
    device.start()
    device.wait_for(
        lambda: {"match", "unknown", "left"} <= {event.kind for event in list(cloud.events.values())}, "visits"
    )
    device.wait_for(lambda: any(is_good(status) for status in cloud.statuses), "a good status")
    device.wait_for(lambda: any(one.events.waiting == 0 and one.events.delivered for one in cloud.statuses), "acks")
    device.wait_for(lambda: list((tmp_path / "pictures").rglob("*.jpg")) != [], "a picture")
    began = time.monotonic()
    device.signal(signal.SIGTERM)  # as a supervisor does, which tells the process and then its group
    assert device.stop() == 0
    assert time.monotonic() - began < 6
    assert cloud.statuses[-1].state == "stopping"
    with Outbox(device.folder / "state", Settings) as outbox:
        rows, following = outbox.rows(0, 100), outbox.next_sequence()
    came = set(cloud.numbers) | {row.sequence for row in rows}
    assert came == set(range(1, following)) and not cloud.faults
    told = [*cloud.events.values(), *(decode(row.payload) for row in rows)]
    kinds: dict[str, set[str]] = {}
    for event in told:
        kinds.setdefault(event.visit_id, set()).add(event.kind)
    assert all("left" in of_visit for of_visit in kinds.values())
    status = next(status for status in cloud.statuses if is_good(status))
    (camera,), (collection,) = status.cameras, status.collections
    assert (camera.id, camera.connected, collection.id, collection.people) == ("door", True, "staff", 1)


def test_events_wait_for_the_cloud_over_a_restart(device: Device, cloud: Cloud) -> None:
    cloud.manner = NEVER
    device.start()
    device.wait_for(lambda: len(cloud.events) >= 3, "events")
    assert device.stop() == 0
    before = dict(cloud.deliveries)
    cloud.manner = PROMPT
    device.start()
    device.wait_for(lambda: all(cloud.deliveries[event_id] > before[event_id] for event_id in before), "them again")
    device.wait_for(lambda: cloud.statuses[-1].events.delivered >= len(before), "their acknowledgement")
    assert not cloud.faults


def test_a_configuration_is_applied_while_it_runs_and_a_bad_one_is_not(
    device: Device, cloud: Cloud, configuration: dict[str, Any]
) -> None:
    device.configure("{")
    device.start()
    device.wait_for(lambda: cloud.statuses != [], "a status")
    assert "not JSON (line 1" in (cloud.statuses[0].configuration.refused or "")
    assert "there is none to go on with; waiting for one" in device.log
    door = configuration["cameras"][0]
    device.configure({**configuration, "strangers": {"remember": True}})
    device.wait_for(lambda: "door" in cloud.cameras, "events of the first camera")
    good = cloud.statuses[-1].configuration.version

    device.configure({**configuration, "strangers": {"remember": True}, "cameras": [door, {**door, "id": "yard"}]})
    device.wait_for(lambda: "yard" in cloud.cameras, "events of the second camera")
    device.wait_for(lambda: cloud.statuses[-1].configuration.version != good, "the new configuration in the status")

    device.configure({"cameras": [{"id": "door", "source": "ftp://x", "rate": -1}]})
    device.wait_for(lambda: cloud.statuses[-1].configuration.refused is not None, "a refusal")
    assert "cameras[0].rate: must be a number from 0 to 60, not -1" in (cloud.statuses[-1].configuration.refused or "")
    assert cloud.statuses[-1].state == "degraded"
    assert [camera.id for camera in cloud.statuses[-1].cameras] == ["door", "yard"]
    assert device.stop() == 0

    cloud.statuses.clear()
    device.start()  # with what was good
    device.wait_for(lambda: any(camera.connected for one in cloud.statuses for camera in one.cameras), "the cameras")
    assert cloud.statuses[-1].configuration.refused is not None
    state = device.folder / "state"
    assert (state / STRANGERS_FILE).exists() and (state / RECORDS_FILE).exists()
    device.configure(
        {**configuration, "cameras": [], "collections": [], "records": {"days": 0}, "log": {"format": "json"}}
    )
    device.signal(signal.SIGHUP)
    device.wait_for(lambda: cloud.statuses[-1].cameras == () and cloud.statuses[-1].collections == (), "nothing to do")
    assert cloud.statuses[-1].configuration.refused is None
    assert not list((state / "collections").iterdir())  # of whom is not looked for no vectors stay
    assert "all remembered strangers were erased" in device.log and "records of all visits were erased" in device.log
    device.wait_for(lambda: '"message"' in device.log, "JSON")
    assert device.stop() == 0


def test_commands(device: Device, cloud: Cloud, tmp_path: Path) -> None:
    device.start()
    device.wait_for(lambda: any(camera.connected for one in cloud.statuses for camera in one.cameras), "the camera")

    def ask(name: str, **arguments: str) -> tuple[str, str, dict[str, str]]:
        id_ = cloud.command(name, arguments)
        device.wait_for(lambda: id_ in cloud.replies, f"a reply to {name}")
        reply = cloud.replies[id_]
        return reply.outcome, reply.message or "", reply.result

    outcome, _, result = ask("sync")
    assert outcome == "done" and re.fullmatch("[0-9a-f]{64}", result["staff"])
    outcome, _, result = ask("snapshot", camera="door")
    assert outcome == "done"
    with Image.open(tmp_path / "pictures" / result["key"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 180))
    assert ask("snapshot", camera="roof")[:2] == ("refused", "say which camera: one of door")
    assert ask("log-level", level="debug", minutes="0.02")[2] == {"level": "debug"}
    assert ask("log-level", level="loud")[:2] == ("refused", "say which level: debug, info, warning, error")
    outcome, _, result = ask("preview", minutes="5")
    page = urllib.request.urlopen(f"http://127.0.0.1:{result['door']}/", timeout=10)
    assert outcome == "done" and b"<title>" in page.read()
    assert ask("preview", off="true")[0] == "done"
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{result['door']}/", timeout=10)
    assert ask("preview", minutes="soon")[0] == "refused"
    assert ask("dance")[0] == "unknown"
    assert device.stop() == 0


BROKEN = """
import sys
from argus.device.program import main
from argus.device.program.queues import Queues

passed = []

def broken(queues, now):
    passed.append(now)
    if len(passed) < 3:
        return whole(queues, now)
    raise ZeroDivisionError("a bug")

whole, Queues.states = Queues.states, broken
sys.exit(main.main())
"""


def test_a_bug_in_a_thread_ends_it_with_what_is_committed(device: Device, cloud: Cloud) -> None:
    cloud.manner = NEVER
    device.start(("-c", BROKEN))
    assert device.wait() == 1
    assert "Traceback" in device.log and "ZeroDivisionError: a bug" in device.log
    with Outbox(device.folder / "state", Settings) as outbox:
        assert len(outbox.rows(0, 100)) == outbox.next_sequence() - 1 > 0  # the visits that were open are told of, too


def test_what_cannot_be_opened_is_waited_for_and_reported(device: Device, cloud: Cloud) -> None:
    damaged = device.folder / "state" / OUTBOX_FILE
    damaged.parent.mkdir()
    damaged.write_bytes(b"no database at all" * 1000)
    device.start()
    device.wait_for(lambda: cloud.statuses != [], "a status")
    assert cloud.statuses[0].state == "degraded"
    assert "outbox.sqlite is damaged" in (cloud.statuses[0].events.last_error or "")
    damaged.unlink()
    device.wait_for(lambda: len(cloud.events) > 0, "events")
    assert device.stop() == 0


def test_a_check_says_what_is_to_be_mended(tmp_path: Path, configuration: dict[str, Any]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('{"cameras": [{"id": "door", "source": "0"}]}')
    bad.write_text('{"cameras": [{"id": "a door"}], "log": {"level": "loud"}}')

    def check(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "argus.device", "--check", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout

    code, said = check("--state", str(tmp_path / "state"), "--config", str(good))
    assert code == 0 and said.splitlines()[-1] == "ok" and "1 camera, 0 collections" in said
    code, said = check("--state", str(good), "--config", str(bad), "--json")
    assert code == 1 and said.count('"state": "fault"') == 4
    for part in ("cannot be made", "cameras[0].id", "cameras[0].source: must be given", "log.level: must be one of"):
        assert part in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "not run by a Greengrass nucleus: name a broker with --mqtt"),
        (["--mqtt", "localhost:1883"], "the configuration comes from a file: name it with --config"),
        (["--mqtt", "localhost", "--config", "x"], "--mqtt is HOST:PORT"),
        (["--user", "me"], "are for a broker: name it with --mqtt"),
        (["--mqtt", "localhost:1", "--config", "x", "--thing", "a b"], "--thing: a thing name has"),
        (["--mqtt", "localhost:1", "--config", "x", "--user", "me"], "a user and a password file belong together"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    command = [sys.executable, "-m", "argus.device", "--state", str(tmp_path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and complaint in done.stderr and "Traceback" not in done.stderr
