"""The bucket of a device's pictures, and the way there, which can be slow and refuse."""

from __future__ import annotations

import io

import boto3
from PIL import Image


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
