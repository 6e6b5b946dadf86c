"""The devices' pictures in S3, and addresses of them that need no credentials."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ADDRESS_SECONDS: Final = 120
"""Enough to open a picture over a slow line, too short to be passed on. It ends earlier where the function's own
session does, and another click makes a new one."""

_ABSENT = (403, 404)
"""S3 says 404 only to those who may list the bucket. This function may not: the names of pictures are random, so that
whoever gets hold of its rights sees no picture whose name they do not have."""


class SnapshotsBucket:
    """See the module."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @cached_property
    def origin(self) -> str:
        """What all addresses begin with: scheme and host."""
        parts = urlsplit(self.address("-"))
        return f"{parts.scheme}://{parts.netloc}"

    def holds(self, key: str) -> bool:
        """Whether the picture is there."""
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in _ABSENT:
                raise
            return False
        return True

    def address(self, key: str) -> str:
        """Where the picture can be had for :data:`ADDRESS_SECONDS`; as a JPEG, whatever a device called it."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentType": "image/jpeg",
                "ResponseCacheControl": "no-store",
            },
            ExpiresIn=ADDRESS_SECONDS,
        )
