"""All versions of the objects of a bucket, and what the bucket does with those that are removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from argus.storage.s3 import S3Store
from argus.storage.versions import BlobVersion, NotRemovable

NO_RIGHT = "unknown: no right to look"
_FORBIDDEN, _METHOD_NOT_ALLOWED, _NOT_FOUND = 403, 405, 404


class S3Versions(S3Store):
    """See :class:`argus.storage.versions.VersionedStore`; without versioning each object has one version."""

    def folders(self) -> Sequence[str]:
        """See :class:`argus.storage.versions.VersionedStore`."""
        found: set[str] = set()
        with self._asking():
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=self._prefix, Delimiter="/"
            )
            for page in pages:
                found.update(
                    item["Prefix"].removeprefix(self._prefix).rstrip("/") for item in page.get("CommonPrefixes", [])
                )
        return sorted(found)

    def versions(self, prefix: str) -> Sequence[BlobVersion]:
        """See :class:`argus.storage.versions.VersionedStore`."""
        found = []
        with self._asking():
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{prefix}"
            )
            for page in pages:
                for item in page.get("Versions", []):
                    found.append(BlobVersion(item["Key"].removeprefix(self._prefix), item["VersionId"]))
                for marker in page.get("DeleteMarkers", []):
                    key = marker["Key"].removeprefix(self._prefix)
                    found.append(BlobVersion(key, marker["VersionId"], is_marker=True))
        return sorted(found, key=lambda version: version.key)

    def read(self, version: BlobVersion) -> bytes | None:
        """See :class:`argus.storage.versions.VersionedStore`."""
        key = f"{self._prefix}{version.key}"
        found = self._read({"Bucket": self._bucket, "Key": key, "VersionId": version.version_id})
        return found[0] if isinstance(found, tuple) else None

    def remove(self, version: BlobVersion) -> None:
        """See :class:`argus.storage.versions.VersionedStore`."""
        key = f"{self._prefix}{version.key}"
        with self._asking():
            try:
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version.version_id)
            except ClientError as error:
                if _status(error) not in {_FORBIDDEN, _METHOD_NOT_ALLOWED}:
                    raise
                raise NotRemovable(
                    f"s3://{self._bucket}/{key} version {version.version_id} cannot be deleted ({_code(error)}): it "
                    "needs s3:DeleteObjectVersion, and the end of an Object Lock"
                ) from error

    def locked_until(self, version: BlobVersion) -> datetime | None:
        """See :class:`argus.storage.versions.VersionedStore`."""
        key = f"{self._prefix}{version.key}"
        try:
            answer = self._client.head_object(Bucket=self._bucket, Key=key, VersionId=version.version_id)
        except (BotoCoreError, ClientError):
            return None  # the removal was refused already; the receipt must still be written
        return answer.get("ObjectLockRetainUntilDate")

    def prune(self, prefix: str) -> None:
        """See :class:`argus.storage.versions.VersionedStore`; a bucket has no folders."""

    def settings(self) -> dict[str, str]:
        """See :class:`argus.storage.versions.VersionedStore`."""
        return {
            "versioning": self._looked_up(self._versioning),
            "replication": self._looked_up(self._replication),
            "lifecycle": self._looked_up(self._lifecycle),
            "object lock": self._looked_up(self._object_lock),
        }

    def _looked_up(self, look: Callable[[], str]) -> str:
        with self._asking():
            try:
                return look()
            except ClientError as error:
                if _status(error) == _NOT_FOUND:
                    return "none"
                if _status(error) == _FORBIDDEN:
                    return NO_RIGHT
                return f"unknown: {_code(error)}"

    def _versioning(self) -> str:
        return self._client.get_bucket_versioning(Bucket=self._bucket).get("Status", "none").lower()

    def _replication(self) -> str:
        rules = self._client.get_bucket_replication(Bucket=self._bucket)["ReplicationConfiguration"]["Rules"]
        to = sorted({rule["Destination"]["Bucket"] for rule in rules if rule["Status"] == "Enabled"})
        return f"to {', '.join(to)}" if to else "none"

    def _lifecycle(self) -> str:
        rules = self._client.get_bucket_lifecycle_configuration(Bucket=self._bucket)["Rules"]
        days = [
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            for rule in rules
            if rule["Status"] == "Enabled" and "NoncurrentDays" in rule.get("NoncurrentVersionExpiration", {})
        ]
        return f"noncurrent versions end after {max(days)} days" if days else "nothing ends noncurrent versions"

    def _object_lock(self) -> str:
        lock = self._client.get_object_lock_configuration(Bucket=self._bucket)["ObjectLockConfiguration"]
        default = lock.get("Rule", {}).get("DefaultRetention")
        if default is None:
            return "enabled, without a default"
        length = f"{default['Days']} days" if "Days" in default else f"{default.get('Years', '?')} years"
        return f"{default.get('Mode', '').lower()} for {length}"


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
