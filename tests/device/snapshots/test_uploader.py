"""Pictures reach their store, whatever the store does meanwhile; nothing is shown of whoever was erased."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import pytest

from argus.core.status import QueueState
from argus.device.outbox.store import Outbox
from argus.device.settings.model import Settings, SnapshotSettings
from argus.device.snapshots import uploader as uploader_module
from argus.device.snapshots.queue import SnapshotQueue
from argus.device.snapshots.uploader import Uploader
from argus.storage import s3
from argus.storage.folder import FolderStore
from tests.device.outbox.cloud import comes_true, running
from tests.device.outbox.waiting import DAY, Clocks, event


class Wiring:
    """A queue with pictures, and what uploads them."""

    def __init__(self, folder: Path, place: str, environ: dict[str, str] | None = None) -> None:
        self.folder = folder / "state"
        self.folder.mkdir()
        self.clocks = Clocks()
        self.settings = replace(Settings(), snapshots=SnapshotSettings("all" if place else "none", place, days=2))
        self.uploader = Uploader(self.folder, lambda: self.settings, self.clocks.now, environ or {})

    def add(self, numbers: Iterable[int], size: int = 1000) -> None:
        with Outbox(self.folder, lambda: self.settings) as outbox:
            for number in numbers:
                told = replace(event(number, f"person-{number}"), snapshot=key(number))
                outbox.add(told, self.clocks.now(), picture=picture(number, size))
        self.uploader.added()

    def state(self) -> QueueState:
        with SnapshotQueue(self.folder, lambda: self.settings) as queue:
            return queue.state(self.clocks.now())

    def empties(self) -> bool:
        return comes_true(lambda: self.state().waiting == 0)


def key(number: int) -> str:
    return f"snapshots/door-pi/2024/05/01/{number}.jpg"


def picture(number: int, size: int = 1000) -> bytes:
    return bytes([number % 256]) * size


def pictures_in(bucket: str) -> dict[str, bytes]:
    client = boto3.client("s3")
    found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {one["Key"]: client.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in found}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploader_module, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(uploader_module, "LONGEST_SECONDS", 0.2)
    monkeypatch.setattr(s3, "ATTEMPTS", 1)


def test_pictures_go_to_a_folder_in_their_order(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, str(tmp_path / "pictures"))
    wiring.add([1, 2])
    with running(wiring.uploader):
        assert wiring.empties()
        wiring.add([3])
        assert wiring.empties()
    store = FolderStore(tmp_path / "pictures")
    assert {name: store.get(name) and store.get(name)[0] for name in store.keys("")} == {  # type: ignore[index]
        key(number): picture(number) for number in (1, 2, 3)
    }
    assert wiring.state() == QueueState(0, None, delivered=3, dropped=0)


def test_pictures_go_to_a_bucket_under_the_key_of_their_event(tmp_path: Path, bucket: str) -> None:
    wiring = Wiring(tmp_path, f"s3://{bucket}/with/prefix")  # which is part of the key already
    wiring.add([1, 2], size=300_000)
    with running(wiring.uploader):
        assert wiring.empties()
    assert pictures_in(bucket) == {key(number): picture(number, 300_000) for number in (1, 2)}
    assert wiring.uploader.problem is None


def test_a_bucket_that_is_made_later_gets_what_has_waited(
    tmp_path: Path, aws: str, caplog: pytest.LogCaptureFixture
) -> None:
    wiring = Wiring(tmp_path, "s3://not-yet-there")
    wiring.add([1, 2])
    with running(wiring.uploader):
        assert comes_true(lambda: wiring.uploader.problem is not None)
        assert wiring.uploader.problem == (
            "s3://not-yet-there: there is no such bucket: check the name, or create it first"
        )
        boto3.client("s3").create_bucket(
            Bucket="not-yet-there", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        assert wiring.empties()
        assert comes_true(lambda: wiring.uploader.problem is None)
    assert set(pictures_in("not-yet-there")) == {key(1), key(2)}
    assert caplog.text.count("snapshots wait") == 1


class Answers(http.server.BaseHTTPRequestHandler):
    """S3 in a bad mood: answers all requests with the server's status, and counts them."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        server = self.server
        assert isinstance(server, Moody)
        self.rfile.read(int(self.headers["Content-Length"]))
        server.requests += 1
        server.keys.append(self.path)
        server.pause.wait(server.seconds)
        body = f"<Error><Code>{server.code}</Code><Message>m</Message></Error>".encode() if server.code else b""
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"etag"')
        self.end_headers()
        self.wfile.write(body)

    def do_DELETE(self) -> None:
        server = self.server
        assert isinstance(server, Moody)
        server.deleted.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class Moody(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.status, self.code, self.seconds, self.requests = 200, "", 0.0, 0
        self.keys: list[str] = []
        self.deleted: list[str] = []
        self.pause = threading.Event()


@contextmanager
def serving(server: http.server.HTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def moody(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Moody]:
    server = Moody()
    with serving(server) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield server
        server.pause.set()


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "AccessDenied", "AWS refuses PutObject"),
        (503, "SlowDown", "PutObject failed (SlowDown"),
        (500, "InternalError", "PutObject failed (InternalError"),
        (403, "RequestTimeTooSkewed", "this machine's clock is wrong: set it"),
    ],
)
def test_a_store_that_refuses_is_asked_again_until_it_does_not(
    tmp_path: Path, moody: Moody, status: int, code: str, sentence: str
) -> None:
    wiring = Wiring(tmp_path, "s3://bucket")
    moody.status, moody.code = status, code
    wiring.add([1, 2])
    with running(wiring.uploader):
        assert comes_true(lambda: moody.requests >= 3)
        assert sentence in str(wiring.uploader.problem)
        assert len(set(moody.keys)) == 2  # one that is refused keeps the other not back
        assert wiring.state().waiting == 2
        moody.status, moody.code = 200, ""
        assert wiring.empties()
    assert wiring.state().delivered == 2


def test_a_store_that_does_not_answer_is_given_up_and_asked_again(
    tmp_path: Path, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "READ_SECONDS", 0.2)
    wiring = Wiring(tmp_path, "s3://bucket")
    moody.seconds = 5.0
    wiring.add([1])
    with running(wiring.uploader):
        assert comes_true(lambda: wiring.uploader.problem is not None)
        assert "cannot be reached" in str(wiring.uploader.problem)
        moody.seconds = 0.0
        moody.pause.set()
        assert wiring.empties()


def test_whoever_is_erased_while_their_picture_is_uploaded_is_in_no_store(tmp_path: Path, moody: Moody) -> None:
    wiring = Wiring(tmp_path, "s3://bucket")
    moody.seconds = 5.0
    wiring.add([1])
    with running(wiring.uploader):
        assert comes_true(lambda: moody.requests == 1)
        with Outbox(wiring.folder, lambda: wiring.settings) as outbox:
            assert outbox.erase_person("person-1", "staff").snapshots == 1
        moody.pause.set()
        assert comes_true(lambda: moody.deleted == moody.keys)
    assert wiring.state() == QueueState(0, None, delivered=0, dropped=1)


def test_pictures_that_are_not_wanted_any_more_are_in_no_file(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, "")
    wiring.add([1, 2], size=5000)
    with SnapshotQueue(wiring.folder, lambda: wiring.settings) as queue:
        assert (queue.drop_all(), queue.drop_all()) == (2, 0)
    assert wiring.state() == QueueState(0, None, delivered=0, dropped=2)
    assert not any(picture(1)[:100] in path.read_bytes() for path in wiring.folder.iterdir())


class Exchange(http.server.BaseHTTPRequestHandler):
    """A token exchange service that may not answer yet."""

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, ExchangeServer)
        server.asked += 1
        answer = {
            "AccessKeyId": "exchanged",
            "SecretAccessKey": "secret",
            "Token": "token",
            "Expiration": (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        ready = server.ready and self.headers["Authorization"] == "gate"
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(json.dumps(answer if ready else {"message": "not yet"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class ExchangeServer(http.server.ThreadingHTTPServer):
    ready = False
    asked = 0


def test_the_token_exchange_service_may_answer_later(
    tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0.01)
    server = ExchangeServer(("127.0.0.1", 0), Exchange)
    wiring = Wiring(tmp_path, f"s3://{bucket}")
    wiring.add([1])
    with serving(server) as address, monkeypatch.context() as patch:
        patch.delenv("AWS_ACCESS_KEY_ID")
        patch.delenv("AWS_SECRET_ACCESS_KEY")
        patch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{address}/2016-11-01/credentialprovider/")
        patch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "gate")
        with running(wiring.uploader):
            assert comes_true(lambda: wiring.uploader.problem is not None)
            assert server.asked > 0 and "retrieving credentials" in str(wiring.uploader.problem)
            server.ready = True
            assert wiring.empties()
    assert set(pictures_in(bucket)) == {key(1)}


def test_keys_in_the_environment_that_win_over_the_exchange_are_pointed_out(tmp_path: Path, aws: str) -> None:
    environ = {"AWS_ACCESS_KEY_ID": "old", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/"}
    wiring = Wiring(tmp_path, "s3://no-such-bucket-here", environ)
    wiring.add([1])
    with running(wiring.uploader):
        assert comes_true(lambda: wiring.uploader.problem is not None)
        assert str(wiring.uploader.problem).endswith("so that the token exchange service is not asked: take it away)")


def test_without_a_place_pictures_wait_and_that_is_said(tmp_path: Path) -> None:
    wiring = Wiring(tmp_path, "")
    wiring.add([1])
    with running(wiring.uploader):
        assert comes_true(lambda: wiring.uploader.problem is not None)
        assert "set snapshots.place" in str(wiring.uploader.problem)
        place = str(tmp_path / "pictures")
        wiring.settings = replace(wiring.settings, snapshots=SnapshotSettings("all", place))
        assert wiring.empties()


def test_what_cannot_be_uploaded_for_days_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    wiring = Wiring(tmp_path, str(tmp_path / "file"))
    wiring.add([1])
    with running(wiring.uploader):
        assert comes_true(lambda: wiring.uploader.problem is not None)
        assert "cannot write to" in str(wiring.uploader.problem)
        wiring.clocks.passes(2.1 * DAY)
        assert wiring.empties()
        assert comes_true(lambda: wiring.uploader.problem is None)
    assert wiring.state() == QueueState(0, None, delivered=0, dropped=1)
