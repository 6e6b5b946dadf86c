"""The bucket of a device's pictures, and the way there, which can be slow and refuse."""

from __future__ import annotations

import io
import threading

import boto3
from PIL import Image

from tests.device.sync.cutting_proxy import CuttingProxy


def pictures(bucket: str) -> set[str]:
    """The keys of all pictures in a bucket, each of which is a whole JPEG."""
    client = boto3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = {found["Key"] for page in pages for found in page.get("Contents", [])}
    for key in keys:
        with Image.open(io.BytesIO(client.get_object(Bucket=bucket, Key=key)["Body"].read())) as image:
            image.load()
            assert image.format == "JPEG"
    return keys


class SlowWay(CuttingProxy):
    """To S3; everything that it answers waits while it is slow."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._goes_on = threading.Event()
        self._goes_on.set()

    def __enter__(self) -> SlowWay:
        super().__enter__()
        return self

    def slow(self) -> None:
        self._goes_on.clear()

    def quick(self) -> None:
        self._goes_on.set()

    def _allowed(self, size: int) -> int:
        self._goes_on.wait()
        return super()._allowed(size)
