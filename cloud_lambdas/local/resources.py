"""What each type of resource is on this machine.

Three kinds: **made** in the imitation of AWS by the function that stands here; **wired**, which
:mod:`cloud_lambdas.local.compose` runs itself; **inert**, which are nothing here, with the reason. Any other type is
refused.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from argus.core.errors import UsageError
from cloud_lambdas.local.account import ACCOUNT, REGION, STACK
from cloud_lambdas.local.resolve import Made

Properties = Mapping[str, Any]


ClientOf = Callable[[str], Any]
"""Gives a boto3 client of the imitation of AWS, by the service's name."""

Maker = Callable[[ClientOf, str, Properties], Made]


def _bucket(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    name = properties.get("BucketName", f"{STACK}-{logical_id.lower()}")
    s3 = client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if encryption := properties.get("BucketEncryption"):
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if private := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=private)
    if lifecycle := properties.get("LifecycleConfiguration"):
        rules = [_lifecycle_rule(rule) for rule in lifecycle["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    if cors := properties.get("CorsConfiguration"):
        s3.put_bucket_cors(
            Bucket=name, CORSConfiguration={"CORSRules": [_cors_rule(rule) for rule in cors["CorsRules"]]}
        )
    if notifications := properties.get("NotificationConfiguration"):
        if others := notifications.keys() - {"QueueConfigurations"}:
            raise UsageError(f"{logical_id}: the local cloud tells queues of new objects, not {', '.join(others)}")
        queues = [_notification(each) for each in notifications["QueueConfigurations"]]
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"QueueConfigurations": queues})
    domain = f"{name}.s3.{REGION}.amazonaws.com"
    return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain, "RegionalDomainName": domain})


def _encryption_rule(rule: Properties) -> dict[str, Any]:
    return {
        "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
        "BucketKeyEnabled": _true(rule.get("BucketKeyEnabled", False)),
    }


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    """CloudFormation's words for a rule in those of S3."""
    made: dict[str, Any] = {"ID": rule.get("Id", "rule"), "Status": rule["Status"]}
    tags, prefix = list(rule.get("TagFilters", [])), rule.get("Prefix", "")
    if not tags:
        made["Filter"] = {"Prefix": prefix}
    elif len(tags) == 1 and not prefix:
        made["Filter"] = {"Tag": tags[0]}
    else:
        made["Filter"] = {"And": {"Prefix": prefix, "Tags": tags}}
    for name, value in rule.items():
        match name:
            case "Id" | "Status" | "TagFilters" | "Prefix":
                pass
            case "ExpirationInDays":
                made.setdefault("Expiration", {})["Days"] = int(value)
            case "ExpiredObjectDeleteMarker":
                made.setdefault("Expiration", {})["ExpiredObjectDeleteMarker"] = value
            case "NoncurrentVersionExpiration" | "AbortIncompleteMultipartUpload":
                made[name] = {key: int(number) for key, number in value.items()}
            case _:
                raise UsageError(f"the local cloud does not know {name} in a bucket's lifecycle")
    return made


def _cors_rule(rule: Properties) -> dict[str, Any]:
    made = {name: rule[name] for name in ("AllowedHeaders", "AllowedMethods", "AllowedOrigins") if name in rule}
    return made | ({"MaxAgeSeconds": int(rule["MaxAge"])} if "MaxAge" in rule else {})


def _notification(given: Properties) -> dict[str, Any]:
    made: dict[str, Any] = {"QueueArn": given["Queue"], "Events": [given["Event"]]}
    if wanted := given.get("Filter"):
        made["Filter"] = {"Key": {"FilterRules": wanted["S3Key"]["Rules"]}}
    return made


def _table(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    name = properties.get("TableName", f"{STACK}-{logical_id}")
    dynamodb = client("dynamodb")
    indexes = properties.get("GlobalSecondaryIndexes")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=properties["AttributeDefinitions"],
        KeySchema=properties["KeySchema"],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )
    if expiry := properties.get("TimeToLiveSpecification"):
        wanted = {"AttributeName": expiry["AttributeName"], "Enabled": _true(expiry["Enabled"])}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        wanted = {"PointInTimeRecoveryEnabled": _true(recovery["PointInTimeRecoveryEnabled"])}
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=wanted)
    return Made(name, {"Arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"})


_QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)


def _queue(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    fifo = _true(properties.get("FifoQueue", False))
    name = properties.get("QueueName", f"{STACK}-{logical_id}" + (".fifo" if fifo else ""))
    attributes = {key: _text(properties[key]) for key in _QUEUE_ATTRIBUTES if key in properties}
    url = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return Made(url, {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", "QueueName": name, "QueueUrl": url})


def _queue_policy(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    for url in properties["Queues"]:
        client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": json.dumps(properties["PolicyDocument"])}
        )
    return Made(logical_id)


def _topic(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    name = properties.get("TopicName", f"{STACK}-{logical_id}")
    arn = client("sns").create_topic(Name=name)["TopicArn"]
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def _subscription(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    attributes = {
        name: _text(properties[name])
        for name in ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery")
        if name in properties
    }
    arn = client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Made(arn, {"Arn": arn})


def _key(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    key = client("kms").create_key(
        Description=properties.get("Description", ""),
        KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
        KeySpec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
    )["KeyMetadata"]
    return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def _alias(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return Made(properties["AliasName"])


def _secret(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    text = properties.get("SecretString", "")
    if generate := properties.get("GenerateSecretString"):
        length = int(generate.get("PasswordLength", 32))
        text = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
        if key := generate.get("GenerateStringKey"):
            text = json.dumps({**json.loads(generate.get("SecretStringTemplate", "{}")), key: text})
    name = properties.get("Name", f"{STACK}-{logical_id}")
    arn = client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
    return Made(arn, {"Id": arn})


def _function(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    name = properties.get("FunctionName", f"{STACK}-{logical_id}")
    return Made(name, {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"})


def _mapping(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    return Made(logical_id, {"Id": logical_id})


def _topic_rule(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    name = properties.get("RuleName", f"{STACK}_{logical_id}")
    return Made(name, {"Arn": f"arn:aws:iot:{REGION}:{ACCOUNT}:rule/{name}"})


def _schedule(client: ClientOf, logical_id: str, properties: Properties) -> Made:
    name = properties.get("Name", f"{STACK}-{logical_id}")
    return Made(name, {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"})


def _true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _text(value: object) -> str:
    """An attribute as SQS and SNS want it."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


MADE: Mapping[str, Maker] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SecretsManager::Secret": _secret,
}
"""Made in the imitation of AWS."""

WIRED: Mapping[str, Maker] = {
    "AWS::Events::Rule": _schedule,
    "AWS::IoT::TopicRule": _topic_rule,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
}
"""Run by the local cloud itself, together with :data:`HTTP_API`; here they get their names."""

HTTP_API = "AWS::ApiGatewayV2::Api"
"""Wired as well; it gets its name from whoever serves it, who knows the port."""

_NO_RIGHTS = "of rights, the functions' roles alone are checked on this machine"
_NO_METRICS = "nothing counts metrics on this machine"

INERT: Mapping[str, str] = {
    "AWS::ApiGatewayV2::Stage": "the API is served as its default stage, without limits of rates",
    "AWS::CloudWatch::Alarm": _NO_METRICS,
    "AWS::IAM::ManagedPolicy": _NO_RIGHTS,
    "AWS::IAM::Role": "a function's calls are held to its role; other roles nobody takes",
    "AWS::IoT::Policy": "the broker on this machine lets everybody do everything",
    "AWS::Lambda::Permission": _NO_RIGHTS,
    "AWS::Logs::LogGroup": "the functions' logs go to stderr",
    "AWS::S3::BucketPolicy": _NO_RIGHTS,
    "AWS::SNS::TopicPolicy": _NO_RIGHTS,
}
"""What is nothing here, and why."""


def inert(logical_id: str) -> Made:
    """What stands for an inert resource where others refer to it."""
    arn = f"arn:aws:local:{REGION}:{ACCOUNT}:{logical_id}"
    return Made(logical_id, {"Arn": arn, "Id": logical_id})
