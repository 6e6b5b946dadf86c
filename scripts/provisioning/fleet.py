"""What all devices of an account share: buckets, the role that they take, policies, and a group to deploy to.

Everything can be run again: what is there and as it should be stays, and policies that differ are replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.exceptions import ClientError

from scripts.provisioning.documents import Document, compact, document
from scripts.provisioning.errors import ProvisioningError, code_of
from scripts.provisioning.names import IOT_POLICIES, LOG_POLICIES, ROLE_ALIAS, ROLE_POLICIES, Names

State = Literal["made", "changed", "as it was"]
Say = Callable[[str], None]

_MOST_VERSIONS = 5
"""That AWS IoT keeps of a policy."""


def fleet_documents(root: Path, names: Names, *, logs: bool) -> dict[str, Document]:
    """What :func:`provision_fleet` makes of policies, by what each of them is."""
    role_policies = {**ROLE_POLICIES, **(LOG_POLICIES if logs else {})}
    return {
        **{f"AWS IoT policy {name}": document(root, file, names.values) for name, file in IOT_POLICIES.items()},
        f"trust of the role {names.role}": document(root, "iam-trust", names.values),
        **{
            f"policy {name} of the role {names.role}": document(root, file, names.values)
            for name, file in role_policies.items()
        },
    }


def provision_fleet(
    session: boto3.session.Session, root: Path, names: Names, *, logs: bool, snapshot_days: int, say: Say
) -> None:
    """Makes what is not there yet.

    Args:
        logs: devices may write to CloudWatch Logs.
        snapshot_days: after how long S3 deletes snapshots, where the bucket for them is made now.

    Raises:
        ClientError: AWS refuses something.
        ProvisioningError: a bucket's name is taken.
    """
    s3, iam, iot = session.client("s3"), session.client("iam"), session.client("iot")
    rules = [_expiry_of_snapshots(snapshot_days)]
    say(f"bucket {names.artifact_bucket} for components: {ensure_bucket(s3, names.artifact_bucket, names.region)}")
    say(f"bucket {names.data_bucket} for data: {ensure_bucket(s3, names.data_bucket, names.region, rules)}")
    role, state = ensure_role(iam, names.role, document(root, "iam-trust", names.values))
    say(f"role {names.role}: {state}")
    for name, file in {**ROLE_POLICIES, **(LOG_POLICIES if logs else {})}.items():
        state = ensure_role_policy(iam, names.role, name, document(root, file, names.values))
        say(f"policy {name} of the role: {state}")
    say(f"role alias {ROLE_ALIAS}: {ensure_role_alias(iot, ROLE_ALIAS, role)}")
    for name, file in IOT_POLICIES.items():
        say(f"AWS IoT policy {name}: {ensure_iot_policy(iot, name, document(root, file, names.values))}")
    say(f"thing group {names.group}: {ensure_group(iot, names.group)}")


def ensure_bucket(s3: Any, name: str, region: str, lifecycle: list[Mapping[str, Any]] | None = None) -> State:
    """A bucket that nobody can open to the public. One that is there is left as it is, its lifecycle too."""
    try:
        s3.head_bucket(Bucket=name)
        return "as it was"
    except ClientError as error:
        if code_of(error) == "403":
            raise ProvisioningError(
                f"the bucket {name} is somebody else's, or these credentials may not see it: choose another name with "
                "--artifact-bucket or --data-bucket"
            ) from error
        if code_of(error) != "404":
            raise
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **where)
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    if lifecycle:
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": lifecycle})
    return "made"


def ensure_role(iam: Any, name: str, trust: Document) -> tuple[str, State]:
    """The role's ARN, and what was done."""
    try:
        found = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=compact(trust), Description="What Argus devices may do in AWS"
        )
        return made["Role"]["Arn"], "made"
    if found["AssumeRolePolicyDocument"] == trust:
        return found["Arn"], "as it was"
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=compact(trust))
    return found["Arn"], "changed"


def ensure_role_policy(iam: Any, role: str, name: str, policy: Document) -> State:
    state: State = "changed"
    try:
        if iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] == policy:
            return "as it was"
    except iam.exceptions.NoSuchEntityException:
        state = "made"
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=compact(policy))
    return state


def ensure_role_alias(iot: Any, name: str, role: str) -> State:
    try:
        found = iot.describe_role_alias(roleAlias=name)["roleAliasDescription"]
    except iot.exceptions.ResourceNotFoundException:
        iot.create_role_alias(roleAlias=name, roleArn=role)
        return "made"
    if found["roleArn"] == role:
        return "as it was"
    iot.update_role_alias(roleAlias=name, roleArn=role)
    return "changed"


def ensure_iot_policy(iot: Any, name: str, policy: Document) -> State:
    try:
        found = iot.get_policy(policyName=name)
    except iot.exceptions.ResourceNotFoundException:
        iot.create_policy(policyName=name, policyDocument=compact(policy))
        return "made"
    if compact(policy) == found["policyDocument"]:
        return "as it was"
    versions = iot.list_policy_versions(policyName=name)["policyVersions"]
    if len(versions) >= _MOST_VERSIONS:
        oldest = min((one for one in versions if not one["isDefaultVersion"]), key=lambda one: int(one["versionId"]))
        iot.delete_policy_version(policyName=name, policyVersionId=oldest["versionId"])
    iot.create_policy_version(policyName=name, policyDocument=compact(policy), setAsDefault=True)
    return "changed"


def ensure_group(iot: Any, name: str) -> State:
    try:
        iot.describe_thing_group(thingGroupName=name)
        return "as it was"
    except iot.exceptions.ResourceNotFoundException:
        iot.create_thing_group(thingGroupName=name)
        return "made"


def _expiry_of_snapshots(days: int) -> Mapping[str, Any]:
    return {
        "ID": "argus-snapshots",
        "Status": "Enabled",
        "Filter": {"Prefix": "snapshots/"},
        "Expiration": {"Days": days},
    }
