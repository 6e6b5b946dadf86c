"""Following a collection in S3 over a line that breaks in the middle of every answer."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from argus.device.sync.collection_sync import CollectionSync
from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store
from tests.device.sync.cutting_proxy import CuttingProxy
from tests.device.sync.followed import NOW, PEOPLE, files, following
from tests.made_up import enrolled

CUTS = 12
"""Spread over all answers of one sync: the head's, the manifest's and the buckets', in their headers and bodies."""


@pytest.fixture
def proxy(aws: str) -> Iterator[CuttingProxy]:
    with CuttingProxy(aws) as proxy:
        yield proxy


@pytest.fixture
def writer(bucket: str) -> CollectionRepository:
    repository = CollectionRepository(S3Store(bucket, "staff"), "staff", lambda: NOW)
    repository.update(lambda old: type(old).of([enrolled(f"person-{number}") for number in range(PEOPLE)]))
    return repository


def store(bucket: str, proxy: CuttingProxy, attempts: int) -> S3Store:
    """The collection, over the line that breaks."""
    config = Config(connect_timeout=5, read_timeout=5, retries={"mode": "standard", "total_max_attempts": attempts})
    return S3Store(bucket, "staff", boto3.client("s3", endpoint_url=proxy.url, config=config))


def test_a_line_that_breaks_anywhere_costs_time_only(
    writer: CollectionRepository, bucket: str, proxy: CuttingProxy, tmp_path: Path
) -> None:
    local = tmp_path / "device"
    assert following(store(bucket, proxy, 1), local).poll()
    first, on_disk = writer.load().collection, files(local)
    for number in range(2):
        writer.update(lambda old, number=number: old.with_person(enrolled(f"new-{number}")))  # type: ignore[misc]
    second = writer.load().collection

    def device(number: int, attempts: int) -> CollectionSync:
        copy = shutil.copytree(local, tmp_path / f"device-{number}-{attempts}")
        sync = following(store(bucket, proxy, attempts), copy)
        assert sync.open()
        return sync

    proxy.cut_after(None)
    assert device(CUTS, 1).poll()
    whole = proxy.passed_bytes
    for number in range(CUTS):
        at = whole * number // CUTS
        # It breaks and stays broken: what there was is kept, on the disk too.
        sync = device(number, 1)
        proxy.cut_after(at)
        assert not sync.poll()
        assert "cannot be reached" in (sync.status.last_error or "")
        assert sync.snapshot is not None and sync.snapshot.collection == first
        copy = files(tmp_path / f"device-{number}-1")
        assert {key: data for key, data in copy.items() if key in on_disk} == on_disk
        assert all(hashlib.sha256(data).hexdigest() in key for key, data in copy.items() if key not in on_disk)
        # It works again: the device goes on from where it was.
        proxy.cut_after(None)
        assert sync.poll() and sync.status.last_error is None
        assert sync.snapshot.collection == second
        assert proxy.passed_bytes <= whole
        # It breaks once: nobody notices.
        sync = device(number, 3)
        proxy.cut_after(at, once=True)
        assert sync.poll() and sync.status.last_error is None
        assert sync.snapshot is not None and sync.snapshot.collection == second


def test_s3_is_asked_for_what_changed_only(
    writer: CollectionRepository, bucket: str, proxy: CuttingProxy, tmp_path: Path
) -> None:
    sync = following(store(bucket, proxy, 1), tmp_path / "device")
    proxy.cut_after(None)
    assert sync.poll()
    whole = proxy.passed_bytes
    proxy.cut_after(None)
    assert not sync.poll() and sync.status.last_error is None
    assert proxy.passed_bytes < 1000
    writer.update(lambda old: old.with_person(enrolled("new", faces=1)))
    proxy.cut_after(None)
    assert sync.poll()
    assert proxy.passed_bytes < whole / 3
