"""Buckets and tables: there, private, encrypted, and to be had back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from argus.core.finding import Finding, fault
from cloud_lambdas.console.check.account import Account, or_else
from cloud_lambdas.console.errors import code_of

_EXPIRING = {"VerdictsTable", "SightingsTable", "CooldownsTable", "CommandsTable", "LinksTable"}
"""Whose items have a time after which they are deleted."""

_DEPLOY = "run scripts/deploy, which sets it as the template says"
_LOST = "restore it, or run scripts/destroy and scripts/deploy: without it nothing works that needs it"

_UNSET = ("NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError")


def check_buckets(account: Account) -> Iterator[Finding]:
    """Each bucket by its settings as they are now."""
    buckets, s3 = account.of_type("AWS::S3::Bucket"), account.client("s3")
    found = (fault for name in buckets.values() for fault in _bucket(s3, name))
    return or_else(found, "buckets", f"{len(buckets)}: private, encrypted, with earlier versions")


def _bucket(s3: Any, name: str) -> Iterator[Finding]:
    try:
        versions = s3.get_bucket_versioning(Bucket=name).get("Status")
    except ClientError as error:
        if code_of(error) not in ("NoSuchBucket", "404"):
            raise
        yield fault("buckets", f"{name} is gone", _LOST)
        return
    if versions != "Enabled":
        yield fault("buckets", f"{name} keeps no earlier versions", _DEPLOY)
    public = _setting(s3.get_public_access_block, name, "PublicAccessBlockConfiguration")
    if len(public) < 4 or not all(public.values()):
        yield fault("buckets", f"{name} may be opened to everybody", _DEPLOY)
    if not _setting(s3.get_bucket_encryption, name, "ServerSideEncryptionConfiguration"):
        yield fault("buckets", f"{name} is not encrypted", _DEPLOY)


def _setting(get: Any, name: str, of: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = get(Bucket=name)[of]
    except ClientError as error:
        if code_of(error) not in _UNSET:
            raise
        return {}
    return found


def check_tables(account: Account) -> Iterator[Finding]:
    """Each table by its settings as they are now."""
    tables, dynamodb = account.of_type("AWS::DynamoDB::Table"), account.client("dynamodb")
    found = (fault for id_, name in tables.items() for fault in _table(dynamodb, id_, name))
    return or_else(found, "tables", f"{len(tables)}: active, with recovery to every second; what expires is deleted")


def _table(dynamodb: Any, logical_id: str, name: str) -> Iterator[Finding]:
    try:
        status = dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    except ClientError as error:
        if code_of(error) not in ("ResourceNotFoundException", "TableNotFoundException"):
            raise
        yield fault("tables", f"{name} is gone", _LOST)
        return
    if status != "ACTIVE":
        yield fault("tables", f"{name} is {status}", "wait until it is ACTIVE, and check again")
    if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
        yield fault("tables", f"{name} cannot be recovered to an earlier second", _DEPLOY)
    if logical_id in _EXPIRING and expiry["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        yield fault("tables", f"{name} keeps what has expired", _DEPLOY)
