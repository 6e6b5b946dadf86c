"""What holds data: kept when the stack goes, closed, encrypted, and found again by its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.template.template import Template, listed, names_in, of_type, written

BUCKETS = of_type(written(), "AWS::S3::Bucket")
TABLES = of_type(written(), "AWS::DynamoDB::Table")
KEPT = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
EXPIRING = {"VerdictsTable", "SightingsTable", "CooldownsTable", "CommandsTable", "LinksTable"}


def test_what_there_is() -> None:
    assert set(BUCKETS) == {f"{name}Bucket" for name in ("Photos", "Collections", "Snapshots", "Audit", "Web")}
    assert set(TABLES) == EXPIRING | {"PeopleTable", "FacesTable", "DevicesTable"}


@pytest.mark.parametrize("name", of_type(written(), *KEPT))
def test_data_outlives_the_stack(plain: Template, name: str) -> None:
    resource = plain["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize(
    ("types", "property_name"),
    [
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::SNS::Topic", "TopicName"),
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        ("AWS::KMS::Alias", "AliasName"),
        ("AWS::CloudWatch::Alarm", "AlarmName"),
        ("AWS::IoT::Policy", "PolicyName"),
    ],
)
def test_names_follow_from_the_stacks(plain: Template, types: str, property_name: str) -> None:
    found = [one["Properties"][property_name] for one in of_type(plain, types).values()]
    assert found
    assert all("${AWS::StackName}" in name["Fn::Sub"] for name in found)
    assert len({name["Fn::Sub"] for name in found}) == len(found)


@pytest.mark.parametrize("name", BUCKETS)
def test_buckets_are_closed_encrypted_and_versioned(name: str) -> None:
    properties = BUCKETS[name]["Properties"]
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize("name", BUCKETS)
def test_earlier_versions_and_unfinished_uploads_go(name: str) -> None:
    rules = {rule["Id"]: rule for rule in BUCKETS[name]["Properties"]["LifecycleConfiguration"]["Rules"]}
    earlier = rules["EarlierVersions"]
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    assert earlier["NoncurrentVersionExpiration"] == {"NoncurrentDays": {"Ref": "EarlierVersionDays"}}
    assert earlier["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_refused_photos_pictures_and_records_expire() -> None:
    def expiring(bucket: str) -> list[dict[str, Any]]:
        rules = BUCKETS[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
        return [rule for rule in rules if "ExpirationInDays" in rule]

    (refused,) = expiring("PhotosBucket")
    assert refused["TagFilters"] == [{"Key": "argus-verdict", "Value": "refused"}]
    assert refused["ExpirationInDays"] == {"Ref": "RefusedPhotoDays"}
    assert [rule["ExpirationInDays"] for rule in expiring("SnapshotsBucket")] == [{"Ref": "SnapshotDays"}]
    assert [rule["ExpirationInDays"] for rule in expiring("AuditBucket")] == [{"Ref": "AuditDays"}]
    assert expiring("CollectionsBucket") == expiring("WebBucket") == []


@pytest.mark.parametrize("types", ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"])
def test_nobody_speaks_with_them_but_by_tls(template: Template, types: str) -> None:
    policies = {"AWS::S3::Bucket": "AWS::S3::BucketPolicy", "AWS::SQS::Queue": "AWS::SQS::QueuePolicy"}
    bound: list[str] = []
    for policy in of_type(template, policies.get(types, "AWS::SNS::TopicPolicy")).values():
        properties = policy["Properties"]
        (denied,) = (one for one in properties["PolicyDocument"]["Statement"] if one["Effect"] == "Deny")
        assert (denied["Principal"], denied["Condition"]) == ("*", {"Bool": {"aws:SecureTransport": "false"}})
        owners = [properties.get(key) for key in ("Bucket", "Queues", "Topics")]
        bound += [name for owner in owners for name in names_in(owner)]
        assert listed(denied["Resource"]) == ["*"] or names_in(denied["Resource"]) == names_in(owners)
    assert sorted(bound) == sorted(of_type(template, types))


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    properties = TABLES[name]["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    expiry = {"AttributeName": "expires", "Enabled": True}
    assert properties.get("TimeToLiveSpecification") == (expiry if name in EXPIRING else None)


def test_the_key_that_signs(template: Template) -> None:
    key = template["Resources"]["CollectionsKey"]["Properties"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


def test_logs_end(plain: Template) -> None:
    groups = of_type(plain, "AWS::Logs::LogGroup")
    assert all(group["Properties"]["RetentionInDays"] == {"Ref": "LogDays"} for group in groups.values())
    for function in of_type(plain, "AWS::Lambda::Function").values():
        assert names_in(function["Properties"]["LoggingConfig"]["LogGroup"]) <= set(groups)


@pytest.mark.parametrize("name", written()["Parameters"])
def test_parameters_say_what_they_are_and_what_they_may_be(template: Template, name: str) -> None:
    parameter = template["Parameters"][name]
    assert parameter["Description"].endswith((".", ")."))
    assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MaxValue"}
    assert "AllowedPattern" not in parameter or parameter["ConstraintDescription"]
