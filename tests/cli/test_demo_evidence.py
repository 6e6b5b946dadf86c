"""What the demo asks of the cloud, where something is wrong with it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeAlias

import pytest
from PIL import Image

from argus.cli.demo import evidence
from argus.cli.demo.judging import Picture
from argus.cli.demo.people import DemoPerson, enrol, subscribe
from argus.cli.demo.record import Record
from cloud_lambdas.local.compose import LocalCloud, local_cloud
from tests.waiting import until

Answer: TypeAlias = "tuple[int, dict[str, str], bytes]"

PAGE: Answer = (200, {}, b"<form method=post></form>")


def jpeg(form: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, form)
    return buffer.getvalue()


@contextmanager
def site(**answers: Answer) -> Iterator[str]:
    """Serves them by method, and under ``/event.jpg`` the one called ``picture``; gives a text with a link."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("picture" if self.path == "/event.jpg" else "GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def _answer(self, name: str) -> None:
            status, headers, body = answers[name]
            self.send_response(status)
            for header, value in headers.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        if "POST" in answers:
            answers["POST"][1]["Location"] = f"{base}/event.jpg"
        yield f"Ann was seen\nPicture: {base}/p/token\n"
        server.shutdown()


def test_a_link_is_followed_to_its_picture() -> None:
    with site(GET=PAGE, POST=(303, {}, b""), picture=(200, {"Content-Type": "image/jpeg"}, jpeg())) as text:
        assert evidence.picture_behind(text) == Picture("event")


def test_what_is_wrong_with_a_link_is_said() -> None:
    assert evidence.picture_behind("Ann was seen").trouble == "there is none"
    with site(GET=(404, {}, b"")) as text:
        assert evidence.picture_behind(text).trouble == "it leads to no page with a button (HTTP 404)"
    with site(GET=PAGE, POST=(410, {}, b"")) as text:
        assert evidence.picture_behind(text).trouble == "its button leads nowhere (HTTP 410)"
    with site(GET=PAGE, POST=(303, {}, b""), picture=(200, {"Content-Type": "image/png"}, jpeg("PNG"))) as text:
        assert evidence.picture_behind(text).trouble == "its picture is no JPEG but image/png"
    with site(GET=PAGE, POST=(303, {}, b""), picture=(403, {}, b"<Error/>")) as text:
        assert "cannot identify" in evidence.picture_behind(text).trouble
    with site(GET=PAGE) as text:
        pass
    assert "refused" in evidence.picture_behind(text).trouble


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    record = Record()
    with local_cloud(on_sent=record.sent) as cloud:
        subscribe(cloud)
        yield cloud


def test_a_photo_with_two_faces_is_refused_by_name(cloud: LocalCloud, portraits: Path, tmp_path: Path) -> None:
    with Image.new("RGB", (1200, 700)) as both:
        for left, name in ((0, "obama.jpg"), (600, "biden.jpg")):
            with Image.open(portraits / name) as one:
                both.paste(one.resize((600, 700)), (left, 0))
        both.save(tmp_path / "both.jpg")
    (photo,) = enrol(cloud, tmp_path, DemoPerson("ann", {"name": "Ann", "category": "resident"}, ("both.jpg",)))
    assert evidence.judged(cloud, photo) == photo or photo.verdict is None
    judged = until(lambda: one if (one := evidence.judged(cloud, photo)).verdict else None, 60)
    assert judged is not None and judged.verdict == "refused" and "2 faces" in judged.sentence
    assert evidence.verdicts(cloud) == {"people/ann/both.jpg": judged.sentence}


def test_what_lies_in_the_queues_and_what_is_not_there_is_seen(cloud: LocalCloud) -> None:
    until(lambda: evidence.under_way(cloud) == 0)
    cloud.client("sqs").send_message(QueueUrl=cloud.outputs["VisitsDeadQueue"], MessageBody="{}")
    counts = evidence.dead_letters(cloud)
    assert counts["VisitsDeadQueue"] == 1 and sum(counts.values()) == 1
    assert evidence.failed_rules(cloud) == 0
    assert evidence.sightings(cloud) == {}
    assert evidence.reported_version(cloud, "demo") is None
    assert "error" in evidence.told_device(cloud, {"command": "sync", "thing": "+"})
    assert evidence.confirmed(cloud, f"s3://{cloud.outputs['CollectionsBucket']}/collections/people", "demo") is None
