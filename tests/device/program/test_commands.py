"""Commands: each is answered, once carried out, whatever comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

from argus.core import topics
from argus.core.commands import Command, CommandRefused, Reply, decode_reply, encode_command
from argus.core.errors import SourceError
from argus.device.adapters.clock import SystemClock
from argus.device.program.commands import WAITING, Answer, CommandRunner, Order
from argus.device.program.crew import Crew
from argus.device.transport import TransportError

NOW = datetime.now(timezone.utc)


class Wire:
    """What was published; refuses as long as it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Reply]] = []
        self.refuses = 0

    def publish(self, topic: str, payload: bytes) -> None:
        if self.refuses:
            self.refuses -= 1
            raise TransportError("not now")
        self.sent.append((topic, decode_reply(payload)))

    def wait(self, count: int) -> list[Reply]:
        deadline = time.monotonic() + 10
        while len(self.sent) < count:
            assert time.monotonic() < deadline, self.sent
            time.sleep(0.005)
        return [reply for _, reply in self.sent]


class Light:
    """What the commands of these tests do."""

    def __init__(self) -> None:
        self.switched: list[str] = []
        self.hold = threading.Event()

    def switch(self, arguments: Mapping[str, str]) -> Answer:
        if arguments.get("to") not in ("on", "off"):
            raise CommandRefused("say to: on or off")
        self.switched.append(arguments["to"])
        return Answer({"was": "off"})

    def fail(self, arguments: Mapping[str, str]) -> Answer:
        raise SourceError("the bulb is broken: replace it")

    def dim(self, arguments: Mapping[str, str]) -> Answer:
        self.hold.wait(10)
        return Answer()

    def tell(self, arguments: Mapping[str, str]) -> Answer:
        return Answer({"all": "x" * 9000})

    def crash(self, arguments: Mapping[str, str]) -> Answer:
        raise ZeroDivisionError("a bug")


@contextmanager
def running(light: Light, wire: Wire, *, clock_is_set: bool = True) -> Iterator[tuple[CommandRunner, Crew]]:
    orders = {
        "switch": Order(light.switch, ("to",)),
        "fail": Order(light.fail),
        "dim": Order(light.dim, timeout_seconds=0.2),
        "crash": Order(light.crash, timeout_seconds=0.2),
        "tell": Order(light.tell),
    }
    crew, stop = Crew(lambda: None), threading.Event()
    runner = CommandRunner(
        "hall",
        orders,
        publish=wire.publish,
        clock=SystemClock(),
        clock_set=lambda: clock_is_set,
        start=crew.start,
    )
    thread = crew.start("commands", lambda: runner.run(stop))
    try:
        yield runner, crew
    finally:
        light.hold.set()
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def command(id_: str = "c-1", lasts_seconds: float = 3600.0, **arguments: str) -> bytes:
    return encode_command(Command(id_, NOW - timedelta(hours=1), NOW + timedelta(seconds=lasts_seconds), arguments))


def hear(runner: CommandRunner, name: str, payload: bytes) -> None:
    runner.heard(topics.command("hall", name), payload)


def test_a_command_is_carried_out_and_its_reply_goes_to_its_topic() -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, _):
        hear(runner, "switch", command(to="on"))
        (reply,) = wire.wait(1)
    assert light.switched == ["on"] and wire.sent[0][0] == "argus/v1/reply/hall/switch"
    assert (reply.command_id, reply.outcome, reply.message, reply.result) == ("c-1", "done", None, {"was": "off"})


@pytest.mark.parametrize(
    ("name", "payload", "outcome", "complaint", "id_"),
    [
        ("switch", command(to="blue"), "refused", "say to: on or off", "c-1"),
        ("switch", command(to="on", colour="red"), "refused", "does not know colour: it takes to", "c-1"),
        ("fail", command(), "failed", "the bulb is broken: replace it", "c-1"),
        ("tell", command(), "failed", "over the limit", "c-1"),
        ("burn", command(), "unknown", "this device knows crash, dim, fail, switch, tell", "c-1"),
        ("switch", command(lasts_seconds=-1.0, to="on"), "late", "send it again", "c-1"),
        ("switch", b"\xff", "malformed", "not JSON", None),
        ("switch", b'{"id": "c-7", "arguments": 5}', "malformed", "lacks", "c-7"),
        ("switch", b'{"id": "\\ud800"}', "malformed", "lacks", None),
        ("switch", b"[" * 3000, "malformed", "not JSON", None),
        ("switch", b" " * 9000, "malformed", "over the limit", None),
    ],
)
def test_what_cannot_be_done_is_answered(
    name: str, payload: bytes, outcome: str, complaint: str, id_: str | None
) -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, _):
        hear(runner, name, payload)
        (reply,) = wire.wait(1)
    assert light.switched == [] and (reply.outcome, reply.command_id) == (outcome, id_)
    assert complaint in (reply.message or "")


def test_nothing_is_too_late_while_the_clock_is_not_known_to_be_right() -> None:
    light, wire = Light(), Wire()
    with running(light, wire, clock_is_set=False) as (runner, _):
        hear(runner, "switch", command(lasts_seconds=-1.0, to="on"))
        assert wire.wait(1)[0].outcome == "done"


def test_a_command_that_comes_again_is_answered_again_and_not_done_again() -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, _):
        for id_ in ("c-1", "c-1", "c-2", "c-1"):
            hear(runner, "switch", command(id_, to="on"))
        replies = wire.wait(4)
    assert light.switched == ["on", "on"]
    assert replies[0] == replies[1] == replies[3] != replies[2]


def test_an_answer_that_is_not_taken_is_sent_again() -> None:
    light, wire = Light(), Wire()
    wire.refuses = 2
    with running(light, wire) as (runner, _):
        hear(runner, "switch", command(to="on"))
        assert wire.wait(1)[0].outcome == "done"
    assert light.switched == ["on"]


def test_what_takes_too_long_is_said_and_not_begun_twice() -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, _):
        hear(runner, "dim", command())
        hear(runner, "dim", command("c-2"))
        hear(runner, "switch", command("c-3", to="on"))
        first, second, third = wire.wait(3)
        assert "longer than 0.2 seconds" in (first.message or "") and first.outcome == "failed"
        assert "still under way" in (second.message or "") and second.outcome == "refused"
        assert third.outcome == "done"


def test_a_flood_does_not_wait() -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, _):
        hear(runner, "dim", command())
        for number in range(10 * WAITING):
            hear(runner, "switch", command(f"c-{number}", to="on"))
        wire.wait(1 + WAITING)
    assert WAITING <= len(light.switched) <= WAITING + 1


def test_a_bug_in_a_command_ends_the_program() -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, crew):
        hear(runner, "crash", command())
        deadline = time.monotonic() + 10
        while crew.bug is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
    assert isinstance(crew.bug, ZeroDivisionError)


def test_an_impossible_name_is_left_alone() -> None:
    light, wire = Light(), Wire()
    with running(light, wire) as (runner, _):
        runner.heard("argus/v1/command/hall/a b", command())
        hear(runner, "switch", command(to="on"))
        assert wire.wait(1)[0].outcome == "done"
