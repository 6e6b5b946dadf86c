"""The preview over HTTP, with real sockets."""

from __future__ import annotations

import http.client
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
import pytest
from PIL import Image

from argus.core.errors import UsageError
from argus.core.types import Box, Frame
from argus.device.pipeline import Shown
from argus.device.preview.picture import MAX_WIDTH_PX, picture
from argus.device.preview.server import PreviewServer
from argus.device.preview.web import MAX_STREAMS
from tests.core.measures import NOON
from tests.device.previewing import MadeUpWatch


@pytest.fixture
def watch() -> MadeUpWatch:
    return MadeUpWatch()


@pytest.fixture
def server(watch: MadeUpWatch) -> Iterator[PreviewServer]:
    with watch.served() as server:
        yield server


def connect(server: PreviewServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.address.removeprefix("http://").rstrip("/"), timeout=10)


def ask(
    server: PreviewServer, path: str = "/", method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    with closing(connect(server)) as connection:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()


def events(response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Server-sent events until the stream ends."""
    name = ""
    while line := response.readline().decode().rstrip("\n"):
        if line.startswith("retry: "):
            assert response.readline() == b"\n"
            continue
        name = line.removeprefix("event: ")
        data = response.readline().decode()
        assert response.readline() == b"\n"
        yield name, json.loads(data.removeprefix("data: "))


def pictures(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """The parts of a Motion JPEG stream until it ends."""
    while response.readline():  # the boundary
        head = response.readline() + response.readline() + response.readline()
        if not head:
            return
        yield response.read(int(head.partition(b"Content-Length: ")[2]))
        assert response.readline() == b"\r\n"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/style.css", "text/css"), ("/page.js", "text/javascript"), ("/icon.svg", "image/svg+xml")],
)
def test_the_page_and_its_headers(server: PreviewServer, path: str, media_type: str) -> None:
    response, body = ask(server, path)
    assert response.status == 200 and body
    assert str(response.getheader("content-type")).startswith(media_type)
    policy = str(response.getheader("content-security-policy"))
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert response.getheader("cross-origin-resource-policy") == "same-origin"
    assert response.getheader("x-content-type-options") == "nosniff"
    assert response.getheader("cache-control") == "no-store"
    assert response.getheader("access-control-allow-origin") is None
    assert response.getheader("server") is None
    # Nothing from elsewhere, and nothing inline.
    assert b"https://" not in body and b"<style" not in body and b" style=" not in body and b" onclick=" not in body


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1"])
def test_own_names_are_answered_to(server: PreviewServer, host: str) -> None:
    assert ask(server, headers={"Host": host})[0].status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "0.0.0.0", ""])
@pytest.mark.parametrize("path", ["/", "/live"])
def test_foreign_names_are_refused(server: PreviewServer, host: str, path: str) -> None:
    response, _ = ask(server, path, headers={"Host": host})
    assert response.status == 400
    assert response.getheader("content-security-policy")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_get(server: PreviewServer, method: str) -> None:
    response, _ = ask(server, "/live", method)
    assert (response.status, response.getheader("allow")) == (405, "GET")


def test_other_sites_may_link_and_not_embed(server: PreviewServer) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert ask(server, "/", headers=foreign)[0].status == 200
    assert ask(server, "/live.mjpg", headers=foreign)[0].status == 403
    assert ask(server, "/live", headers={"Sec-Fetch-Site": "same-site"})[0].status == 403


@pytest.mark.parametrize("path", ["/web.py", "/../web.py", "/%2e%2e/web.py", "/index.html", "//etc/passwd"])
def test_there_is_nothing_else(server: PreviewServer, path: str) -> None:
    assert ask(server, path)[0].status == 404


def test_only_this_machine_is_listened_to(server: PreviewServer) -> None:
    assert server.address.startswith("http://127.0.0.1:")
    port = int(server.address.rstrip("/").rpartition(":")[2])
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.2", port))


def test_pictures_are_live_and_at_most_ten_a_second(server: PreviewServer, watch: MadeUpWatch) -> None:
    with watch.playing(), closing(connect(server)) as connection:
        connection.request("GET", "/live.mjpg")
        stream = pictures(connection.getresponse())
        began = time.monotonic()
        shown = [next(stream) for _ in range(12)]
        while len(set(shown)) < 7 and time.monotonic() < began + 20:  # on a machine that makes few a second
            shown.append(next(stream))
        seconds = time.monotonic() - began
    assert len(set(shown)) >= 7
    assert seconds > (len(shown) - 1) * 0.1 * 0.9
    levels = [np.asarray(Image.open(io.BytesIO(jpeg)))[20, 20].mean() for jpeg in shown]
    assert all(35 < level < 225 for level in levels)
    assert Image.open(io.BytesIO(shown[0])).size == (640, 360)


def test_a_picture_is_made_once_for_all_who_look_and_for_nobody_else(
    server: PreviewServer, watch: MadeUpWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counting(*arguments: Any) -> bytes:
        made.append(1)
        return picture(*arguments)

    monkeypatch.setattr("argus.device.preview.web.picture", counting)
    with watch.playing(), ExitStack() as stack:
        time.sleep(0.3)
        assert not made and watch.feed.readers == 0
        streams = []
        for _ in range(4):
            connection = stack.enter_context(closing(connect(server)))
            connection.request("GET", "/live.mjpg")
            streams.append(pictures(connection.getresponse()))
        for _ in range(8):
            for stream in streams:
                next(stream)
        assert watch.feed.readers == 4
        assert 7 <= len(made) <= 20
    until(lambda: watch.feed.readers == 0)
    count = len(made)
    time.sleep(0.3)
    assert len(made) <= count + 1


def test_events_come_as_they_happen_and_the_recent_ones_first(server: PreviewServer, watch: MadeUpWatch) -> None:
    watch.tell("unknown", "first")
    watch.tell("match", "second")
    with closing(connect(server)) as connection:
        connection.request("GET", "/live")
        response = connection.getresponse()
        assert str(response.getheader("content-type")).startswith("text/event-stream")
        stream = events(response)
        assert next(stream) == ("watch", {"camera": "porch", "people": 2, "false_alarm_rate": 0.01})
        told = [next(stream) for _ in range(2)]
        assert [(name, value["visit"], value["outcome"]) for name, value in told] == [
            ("visit", "first", "unknown"),
            ("visit", "second", "match"),
        ]
        began = time.monotonic()
        watch.tell("match_revised", "first")
        _, value = next(item for item in stream if item[0] == "visit")
        assert (value["visit"], value["outcome"]) == ("first", "match")
        assert time.monotonic() - began < 1


def test_a_late_page_is_told_of_the_last_hundred(server: PreviewServer, watch: MadeUpWatch) -> None:
    for number in range(150):
        watch.tell("match", f"visit {number}")
    with closing(connect(server)) as connection:
        connection.request("GET", "/live")
        stream = events(connection.getresponse())
        next(stream)
        visits = [value["visit"] for name, value in (next(stream) for _ in range(100))]
    assert visits == [f"visit {number}" for number in range(50, 150)]


def test_the_state_of_the_camera(server: PreviewServer, watch: MadeUpWatch) -> None:
    with closing(connect(server)) as connection:
        connection.request("GET", "/live")
        states = (value for name, value in events(connection.getresponse()) if name == "state")
        assert next(states)["state"] == "waiting"
        watch.show()
        assert next(states) == {"state": "live", "says": "", "size": [640, 360]}
        watch.lose("The camera at rtsp://porch cannot be read: timeout.")
        lost = next(states)
        assert lost["state"] == "lost"
        assert lost["says"] == "The camera at rtsp://porch cannot be read: timeout. Argus keeps trying."


def test_the_aid_follows_the_faces(server: PreviewServer, watch: MadeUpWatch) -> None:
    with closing(connect(server)) as connection:
        connection.request("GET", "/live")
        aids = (value for name, value in events(connection.getresponse()) if name == "placing")
        assert next(aids)["verdict"] is None
        watch.show()
        aid = next(aids)
        assert aid["verdict"] == "good"
        assert aid["measures"][0]["name"] == "Size"


def test_so_many_pages_and_no_more(server: PreviewServer, watch: MadeUpWatch) -> None:
    with ExitStack() as stack:
        for _ in range(MAX_STREAMS):
            connection = stack.enter_context(closing(connect(server)))
            connection.request("GET", "/live")
            assert connection.getresponse().status == 200
        response, body = ask(server, "/live")
        assert response.status == 503 and b"close some" in body
        assert ask(server, "/")[0].status == 200
    until(lambda: watch.feed.readers == 0)
    with closing(connect(server)) as connection:
        connection.request("GET", "/live")
        assert connection.getresponse().status == 200


def test_a_reader_who_stops_reading_holds_nobody_up(server: PreviewServer, watch: MadeUpWatch) -> None:
    with watch.playing(), closing(connect(server)) as asleep, closing(connect(server)) as awake:
        asleep.request("GET", "/live.mjpg")
        awake.request("GET", "/live.mjpg")
        stream = pictures(awake.getresponse())
        began = time.monotonic()
        for _ in range(10):
            next(stream)
        assert time.monotonic() - began < 5


def test_the_end_is_told_and_leaves_no_thread(watch: MadeUpWatch) -> None:
    with ExitStack() as stack:
        with watch.playing(), watch.served() as server:
            live, shown = (stack.enter_context(closing(connect(server))) for _ in range(2))
            live.request("GET", "/live")
            shown.request("GET", "/live.mjpg")
            messages, stream = events(live.getresponse()), pictures(shown.getresponse())
            next(stream)
            watch.tell("left")
            began = time.monotonic()
        assert time.monotonic() - began < 2
        names = [(name, value) for name, value in messages if name in ("visit", "state")]
        assert [name for name, _ in names][-2:] == ["visit", "state"]
        assert names[-1][1]["state"] == "ended"
        list(stream)
    assert "preview" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ConnectionRefusedError):
        ask(server)


def test_a_port_that_is_taken(server: PreviewServer) -> None:
    port = int(server.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(UsageError, match=f"port {port}: another program has it. Choose another, or 0"):
        MadeUpWatch().served(port)


def test_a_port_can_be_taken_again_at_once(watch: MadeUpWatch) -> None:
    with watch.served() as first:
        port = int(first.address.rstrip("/").rpartition(":")[2])
        ask(first)
    again = MadeUpWatch()
    with again.served(port) as second:
        assert ask(second)[0].status == 200


def test_a_wide_picture_is_reduced_with_its_boxes() -> None:
    rgb = np.zeros((1080, 1920, 3), np.uint8)
    frame = Frame("porch", 0, NOON, 0.0, rgb)
    jpeg = picture(frame.rgb, [Shown(Box(800, 400, 1000, 600), None)])
    image = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))
    assert image.shape == (540, 960) and image.shape[1] <= MAX_WIDTH_PX
    rows, columns = np.nonzero(image > 100)
    assert columns.min() == pytest.approx(400, abs=4) and columns.max() == pytest.approx(500, abs=4)
    assert rows.min() == pytest.approx(200, abs=4) and rows.max() == pytest.approx(300, abs=4)


def until(condition: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
