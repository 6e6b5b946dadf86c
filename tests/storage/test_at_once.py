"""Several requests at once: bounded, in order, and over at the first error or upon Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from argus.core.collection import Collection
from argus.core.errors import CollectionDamaged, CollectionError
from argus.storage.at_once import each
from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store
from tests.device.sync.followed import following
from tests.made_up import enrolled

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)


class Busy:
    """Counts who is inside at once."""

    def __init__(self) -> None:
        self.now = self.most = self.begun = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.begun += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


@pytest.mark.parametrize("threads", [1, 4])
def test_results_come_in_order_and_no_more_run_than_may(threads: int) -> None:
    busy = Busy()

    def task(number: int) -> int:
        with busy:
            return -number

    assert each(task, range(20), threads) == [-number for number in range(20)]
    assert busy.most == threads


@pytest.mark.parametrize("threads", [1, 4])
def test_after_an_error_nothing_is_begun(threads: int) -> None:
    busy = Busy()

    def task(number: int) -> None:
        with busy:
            if number in (5, 6):
                raise CollectionError(f"number {number}")

    with pytest.raises(CollectionError, match="number 5"):
        each(task, range(1000), threads)
    assert busy.begun < 50 and busy.now == 0


def test_ctrl_c_ends_what_has_not_begun() -> None:
    program = (
        "import time\nfrom argus.storage.at_once import each\n"
        "def task(number):\n    print(number, flush=True)\n    time.sleep(0.2)\n"
        "try:\n    each(task, range(1000), 4)\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().split()
        assert process.wait(20) == 0
    assert said[-1] == "interrupted" and len(said) < 20


class Counting(S3Store):
    """S3, and how many requests for parts are under way at once."""

    def __init__(self, bucket: str) -> None:
        super().__init__(bucket, "staff")
        self.busy = Busy()

    def get(self, key: str) -> tuple[bytes, str] | None:
        with self.busy:
            return super().get(key)

    def put(self, key: str, data: bytes) -> None:
        with self.busy:
            super().put(key, data)


def test_a_remote_collection_is_written_read_and_followed_by_several_requests_at_once(
    bucket: str, tmp_path: Path
) -> None:
    people = Collection.of([enrolled(f"person-{number}") for number in range(40)])
    writer, reader, source = Counting(bucket), Counting(bucket), Counting(bucket)
    assert CollectionRepository(writer, "staff", lambda: NOW).update(lambda _: people).collection == people
    assert CollectionRepository(reader, "staff", lambda: NOW).load().collection == people
    sync = following(source, tmp_path / "device")
    assert sync.poll() and sync.snapshot is not None and sync.snapshot.collection == people
    for store in (writer, reader, source):
        assert 3 <= store.busy.most <= store.requests_at_once
    # A part that is not what it should be is found by its thread and named.
    key = max(S3Store(bucket, "staff").keys("buckets/"))
    S3Store(bucket, "staff").put(key, b"damaged")
    with pytest.raises(CollectionDamaged, match="was altered"):
        CollectionRepository(Counting(bucket), "staff", lambda: NOW).load()
