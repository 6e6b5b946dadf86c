"""The bucket that photos are sent to; it keeps versions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import TagTypeDef

VERDICT_TAG = "argus-verdict"
"""What a lifecycle rule finds refused photos by."""

_NOT_FOUND = 404
_GONE = ("NoSuchKey", "NoSuchVersion")


@dataclass(frozen=True)
class StoredPhoto:
    """A photo as S3 holds it now.

    Attributes:
        said: what its sender said of it: metadata, and tags, which count more.
    """

    key: str
    version: str
    size_bytes: int
    said: Mapping[str, str]


class PhotosBucket:
    """See the module."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def version(self, key: str) -> str | None:
        """The version that is at ``key`` now; None when nothing is."""
        try:
            return self._client.head_object(Bucket=self._bucket, Key=key)["VersionId"]
        except ClientError as error:
            _check_gone(error)
            return None

    def look(self, key: str) -> StoredPhoto | None:
        """The photo at ``key``, of which no byte is read."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
            version = head["VersionId"]
            tags = self._client.get_object_tagging(Bucket=self._bucket, Key=key, VersionId=version)["TagSet"]
        except ClientError as error:
            _check_gone(error)
            return None
        said = {**head["Metadata"], **{tag["Key"]: tag["Value"] for tag in tags}}
        return StoredPhoto(key, version, head["ContentLength"], said)

    def labels(self, key: str, version: str, name: str) -> frozenset[str]:
        """What metadata and tags of any version say under this name; nothing when it has gone."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key, VersionId=version)
            tags = self._client.get_object_tagging(Bucket=self._bucket, Key=key, VersionId=version)["TagSet"]
        except ClientError as error:
            _check_gone(error)
            return frozenset()
        said = [*head["Metadata"].items(), *((tag["Key"], tag["Value"]) for tag in tags)]
        return frozenset(value for key, value in said if key == name)

    def read(self, photo: StoredPhoto) -> bytes | None:
        """Its bytes; None when that version has gone."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=photo.key, VersionId=photo.version)
            with closing(answer["Body"]) as body:
                return body.read()
        except ClientError as error:
            _check_gone(error)
            return None

    def mark(self, key: str, version: str, *, refused: bool) -> None:
        """Tags a version that was refused beside the tags that it has; nothing, when it has gone.

        One that was not refused is tagged only where it says the contrary: since it was judged once before, or is the
        copy of another.
        """
        try:
            tags = self._client.get_object_tagging(Bucket=self._bucket, Key=key, VersionId=version)["TagSet"]
            others = [tag for tag in tags if tag["Key"] != VERDICT_TAG]
            if not refused and len(others) == len(tags):
                return
            verdict: TagTypeDef = {"Key": VERDICT_TAG, "Value": "refused" if refused else "accepted"}
            self._client.put_object_tagging(
                Bucket=self._bucket, Key=key, VersionId=version, Tagging={"TagSet": [*others, verdict]}
            )
        except ClientError as error:
            _check_gone(error)


def _check_gone(error: ClientError) -> None:
    """Raises ``error`` again, unless it says that the photo is not there."""
    is_missing = error.response["ResponseMetadata"]["HTTPStatusCode"] == _NOT_FOUND
    if not (error.response["Error"]["Code"] in _GONE or (is_missing and error.operation_name == "HeadObject")):
        raise error
