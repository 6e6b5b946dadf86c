"""A bucket in S3 as a blob store: what many writers change and every device follows.

Conditional writes (``If-Match``, ``If-None-Match``) let exactly one of many writers win. Encryption at rest is the
bucket's setting and versioning its owner's choice: nothing of either is asked for here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import boto3.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from argus.core.errors import CollectionConflict, CollectionDamaged, CollectionError
from argus.core.ports import BlobEntry, Unchanged
from argus.storage.keys import MAX_BLOB_BYTES, check_key, is_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef, PutObjectRequestTypeDef

CONNECT_SECONDS, READ_SECONDS = 5, 20
"""For connecting, and between two pieces of an answer."""

ATTEMPTS = 4
"""Of a request that fails for a reason that may pass, with growing pauses between (botocore's standard mode)."""

READS = 3
"""Of an object whose bytes break off or do not have S3's checksum."""

CONNECTIONS = 16

_BROKEN_OFF = (FlexibleChecksumError, HTTPClientError, IncompleteReadError)
_NOT_MODIFIED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _PRECONDITION_FAILED = 304, 403, 404, 409, 412
_RIGHTS = (
    "s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is below; "
    "to erase people s3:ListBucketVersions, s3:GetObjectVersion and s3:DeleteObjectVersion as well"
)

_ADVICE = {
    "NoSuchBucket": "there is no such bucket: check the name, or create it first",
    "InvalidBucketName": "that is not a bucket's name: check it",
    "PermanentRedirect": "the bucket is in another region: set AWS_DEFAULT_REGION to its region",
    "AuthorizationHeaderMalformed": "the bucket is in another region: set AWS_DEFAULT_REGION to its region",
    "InvalidAccessKeyId": "AWS does not know these credentials: check the access key",
    "SignatureDoesNotMatch": "AWS does not accept these credentials: check the secret key",
    "ExpiredToken": "the credentials have expired: sign in again",
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it",
}

_NO_CREDENTIALS_YET = "the token exchange has no credentials at the moment: they are asked for again"
"""nucleus lite then answers null, with which botocore deals as with an object: a TypeError or KeyError."""


def s3_client() -> S3Client:
    """A client with AWS's usual configuration (environment, profile, role), time-outs, and bounded retries."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
    )
    try:
        # A session of its own: boto3's default one must not be made by two threads at once.
        return boto3.session.Session().client("s3", config=config)
    except (BotoCoreError, ValueError) as error:
        raise CollectionError(f"AWS cannot be used ({error}): check its configuration (`aws configure`)") from error
    except (KeyError, TypeError) as error:
        raise CollectionError(_NO_CREDENTIALS_YET) from error


class S3Store:
    """Blobs as objects of ``bucket`` whose keys start with ``prefix`` and a slash; an empty prefix is the whole bucket.

    May be used by several threads at once.
    """

    requests_at_once = 8

    def __init__(self, bucket: str, prefix: str = "", client: S3Client | None = None) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = client or s3_client()
        self.place = f"s3://{bucket}/{prefix}".rstrip("/")

    def get(self, key: str) -> tuple[bytes, str] | None:
        """See :class:`argus.core.ports.BlobStore`; the tag is S3's ETag."""
        found = self._read({"Bucket": self._bucket, "Key": self._name(key)})
        assert not isinstance(found, Unchanged)  # which S3 says only to a condition
        return found

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        """See :class:`argus.core.ports.BlobStore`."""
        return self._read({"Bucket": self._bucket, "Key": self._name(key), "IfNoneMatch": tag})

    def put(self, key: str, data: bytes) -> None:
        """See :class:`argus.core.ports.BlobStore`."""
        name = self._name(key)
        with self._asking():
            self._client.put_object(Bucket=self._bucket, Key=name, Body=data)

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        """See :class:`argus.core.ports.BlobStore`."""
        request: PutObjectRequestTypeDef = {"Bucket": self._bucket, "Key": self._name(key), "Body": data}
        if expected_tag is None:
            request["IfNoneMatch"] = "*"
        else:
            request["IfMatch"] = expected_tag
        with self._asking():
            try:
                return self._client.put_object(**request)["ETag"]
            except ClientError as error:
                # An object that is gone has no tag: S3 answers 404 then. 409: another write of it was under way.
                missing = _status(error) == _NOT_FOUND and _code(error) != "NoSuchBucket"
                if not missing and _status(error) not in {_CONFLICT, _PRECONDITION_FAILED}:
                    raise
                # A request whose answer was lost was sent again and met its own effect.
                if error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0:
                    found = self.get(key)
                    if found is not None and found[0] == data:
                        return found[1]
                raise CollectionConflict(
                    f"{self.place}/{key} was changed by another program: read it again and retry"
                ) from error

    def delete(self, key: str) -> None:
        """See :class:`argus.core.ports.BlobStore`; a bucket with versioning keeps the bytes as an older version."""
        name = self._name(key)
        with self._asking():
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def keys(self, prefix: str) -> Sequence[str]:
        """See :class:`argus.core.ports.BlobStore`."""
        return [entry.key for entry in self.entries(prefix)]

    def entries(self, prefix: str) -> Sequence[BlobEntry]:
        """See :class:`argus.core.ports.BlobStore`; what others put there under names that are no keys is left out."""
        found = []
        with self._asking():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{prefix}"
            )
            for page in pages:
                for item in page.get("Contents", []):
                    key = item["Key"].removeprefix(self._prefix)
                    if is_key(key):
                        found.append(BlobEntry(key, item["Size"], item["LastModified"]))
        return sorted(found, key=lambda entry: entry.key)

    def _name(self, key: str) -> str:
        return f"{self._prefix}{check_key(key)}"

    def _read(self, request: GetObjectRequestTypeDef) -> tuple[bytes, str] | Unchanged | None:
        with self._asking():
            for left in reversed(range(READS)):
                try:
                    return self._read_once(request)
                except ClientError as error:
                    if _status(error) == _NOT_MODIFIED:
                        return Unchanged()
                    if _status(error) == _NOT_FOUND and _code(error) != "NoSuchBucket":
                        return None
                    raise
                except _BROKEN_OFF:
                    # botocore repeats requests, but not the reading of what they answer.
                    if not left:
                        raise
        raise AssertionError("the last reading returns or raises")

    def _read_once(self, request: GetObjectRequestTypeDef) -> tuple[bytes, str]:
        answer = self._client.get_object(**request)
        # Entered by itself, the body would give its raw stream, whose bytes nobody compares with S3's checksum.
        with closing(answer["Body"]) as body:
            if "ContentLength" not in answer:  # the headers broke off, which nobody below minds
                raise ConnectionClosedError(endpoint_url=self.place)
            if answer["ContentLength"] > MAX_BLOB_BYTES:
                raise CollectionDamaged(
                    f"s3://{request['Bucket']}/{request['Key']} has {answer['ContentLength']:,} bytes, more than "
                    "anything of a collection: restore the collection from a copy"
                )
            return body.read(), answer["ETag"]

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns what S3 and the way to it may answer into one sentence."""
        try:
            yield
        except (NoCredentialsError, PartialCredentialsError, TokenRetrievalError) as error:
            raise CollectionError(
                f"{self.place} needs AWS credentials, and there are none ({error}): "
                "run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            ) from error
        except ClientError as error:
            raise CollectionError(f"{self.place}: {_advice(error)}") from error
        except (NoConnectionError, *_BROKEN_OFF) as error:
            raise CollectionError(
                f"{self.place} cannot be reached ({error}): check the network, then try again"
            ) from error
        except BotoCoreError as error:
            raise CollectionError(f"{self.place} cannot be used ({error}): check AWS's configuration") from error
        except (KeyError, TypeError) as error:
            raise CollectionError(f"{self.place} cannot be used: {_NO_CREDENTIALS_YET}") from error


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _advice(error: ClientError) -> str:
    code = _code(error)
    if code in _ADVICE:
        return _ADVICE[code]
    if _status(error) == _FORBIDDEN:
        return f"AWS refuses {error.operation_name} ({code}): give these credentials {_RIGHTS}"
    return f"{error.operation_name} failed ({code}, {error.response['Error'].get('Message', '')}): try again later"
