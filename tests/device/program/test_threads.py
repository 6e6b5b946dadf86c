"""The small parts that run beside the worker: what they do when the transport refuses, is lost, or something hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.core.events import encode
from argus.device.doctor import machine
from argus.device.program import clock_set as clock_module
from argus.device.program.alone import alone
from argus.device.program.clock_set import clock_set
from argus.device.program.crew import Crew
from argus.device.program.local import WAITING, LocalEvents
from argus.device.program.stopping import Signals, Stage, end_all
from argus.device.program.subscriptions import Subscriptions
from argus.device.state import StateError
from argus.device.transport import MessageHandler, TransportError, TransportLost
from tests.device.previewing import golden
from tests.waiting import wait_for


class Way:
    """A transport that refuses so often, then takes everything until it is lost."""

    def __init__(self, refuses: int = 0) -> None:
        self.refuses = refuses
        self.is_lost = False
        self.subscribed: list[str] = []
        self.local: list[tuple[str, bytes]] = []

    def _take(self) -> None:
        if self.is_lost:
            raise TransportLost("the nucleus is gone")
        if self.refuses:
            self.refuses -= 1
            raise TransportError("not now")

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._take()

    def publish_locally(self, topic: str, payload: bytes) -> None:
        self._take()
        self.local.append((topic, payload))

    def subscribe(self, topic_filter: str, handler: MessageHandler) -> None:
        self._take()
        self.subscribed.append(topic_filter)

    def renew(self) -> None: ...

    def lost(self) -> str | None:
        return None

    def close(self) -> None: ...


@pytest.fixture
def crew() -> Crew:
    return Crew(lambda: None)


def test_subscriptions_are_made_once_as_soon_as_they_can_be(crew: Crew) -> None:
    way, stage = Way(refuses=1), Stage(crew)
    subscriptions = Subscriptions(way)
    stage.start("subscriptions", subscriptions.run)
    for topic in ("a", "b", "a"):
        subscriptions.want(topic, lambda topic, payload: None)
    wait_for(lambda: len(way.subscribed) == 2, 10.0)
    way.is_lost = True
    subscriptions.want("c", lambda topic, payload: None)
    wait_for(lambda: crew.lost == "the nucleus is gone", 10.0)
    assert way.subscribed == ["a", "b"] and crew.bug is None


def test_other_components_are_told_as_the_cloud_is_and_never_waited_for(crew: Crew) -> None:
    way, stage = Way(refuses=1), Stage(crew)
    local, event = LocalEvents(way), golden("match")
    for _ in range(2 * WAITING):
        local.told(event)  # returns although nobody takes
    stage.start("local", local.run)
    wait_for(lambda: len(way.local) == WAITING - 1, 10.0)
    assert way.local[0] == (f"argus/v1/match/{event.device.thing}/{event.camera}", encode(event))
    stage.end(time.monotonic() + 5)


def test_a_bug_and_a_lost_transport_are_told_apart(crew: Crew, caplog: pytest.LogCaptureFixture) -> None:
    woken = threading.Event()
    watched = Crew(woken.set)

    def lose() -> None:
        raise TransportLost("it is gone")

    watched.start("a", lose).join()
    assert woken.wait(5) and watched.lost == "it is gone" and watched.bug is None and not caplog.records

    def stumble() -> None:
        raise ZeroDivisionError("a bug")

    watched.start("b", stumble).join()
    assert isinstance(watched.bug, ZeroDivisionError) and caplog.records[0].exc_info is not None


def test_stages_stop_one_after_the_other_and_who_hangs_is_left_behind(
    crew: Crew, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []
    hang = threading.Event()

    def work(stop: threading.Event, name: str) -> None:
        stop.wait(10)
        ended.append(name)

    first, second, third = Stage(crew), Stage(crew), Stage(crew)
    first.start("first", lambda stop: work(stop, "first"))
    second.start("hangs", lambda stop: work(hang, "second"))
    third.start("third", lambda stop: work(stop, "third"))
    began = time.monotonic()
    end_all([first, second, third], 2.0)
    assert 1.0 < time.monotonic() - began < 2.5 and ended == ["first", "third"]
    assert "argus-hangs does not end" in caplog.text
    hang.set()


def test_signals_said_twice_within_a_moment_are_one_and_later_end_the_process() -> None:
    told: list[int] = []
    with Signals(lambda: told.append(1)) as signals:
        os.kill(os.getpid(), signal.SIGHUP)
        assert signals.read_again and not signals.end
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.end and len(told) == 2
    script = (
        "import os, signal, time\n"
        "from argus.device.program.stopping import Signals\n"
        "with Signals(lambda: None):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(1.1)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print('here')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 128 + signal.SIGTERM and done.stdout == ""


def test_a_state_folder_is_for_one_program(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from argus.device.program.alone import alone\n"
        "with alone(Path(sys.argv[1])): print('in', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"in\n"
        with pytest.raises(StateError, match="another program uses"), alone(tmp_path, 0.3):
            pass
        other.kill()
    with alone(tmp_path):
        pass


@pytest.mark.parametrize(
    ("kernel", "timesyncd", "known"),
    [(True, False, True), (False, True, False), (None, True, True), (None, False, False)],
)
def test_the_clock_is_right_when_the_kernel_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: bool | None, timesyncd: bool, known: bool
) -> None:
    mark = tmp_path / "synchronized"
    if timesyncd:
        mark.touch()
    monkeypatch.setattr(clock_module, "_TIMESYNCD", mark)
    monkeypatch.setattr(clock_module, "clock_is_synchronised", lambda: kernel)
    now = datetime.now(timezone.utc)
    assert clock_set(now) is known
    assert clock_set(now - timedelta(days=365 * 30)) is False  # a kernel that was told by a wrong server


def test_the_kernel_can_be_asked() -> None:
    assert machine.clock_is_synchronised() in (True, False)
