"""Which rights a call of AWS needs, as IAM writes them: by hand, for the calls that the functions make.

An operation is not an action: HeadObject needs ``s3:GetObject``, an old version another action than the newest, and
each part of a transaction its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from argus.core.errors import UsageError
from cloud_lambdas.local.account import ACCOUNT, REGION

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource.

    Attributes:
        leading_key: of the item in a table whose key is one text; None where it is not told.
    """

    action: str
    resource: str
    leading_key: str | None = None


def needs(service: str, operation: str, parameters: Parameters) -> tuple[Need, ...]:
    """What a call needs; service and operation as in boto3's models.

    Raises:
        UsageError: the call is not known here.
    """
    known = _NEEDS.get((service, operation))
    if known is None:
        raise UsageError(
            f"the local cloud does not know which rights {operation} of {service} needs: write it into "
            "cloud_lambdas/local/needs.py"
        )
    return tuple(known(parameters))


def missing_object_need(parameters: Parameters) -> Need:
    """What S3 needs to say that an object is not there; without it, it says that access is denied."""
    return Need("s3:ListBucket", f"arn:aws:s3:::{parameters['Bucket']}")


def _object(action: str, versioned: str | None = None) -> Callable[[Parameters], list[Need]]:
    def found(parameters: Parameters) -> list[Need]:
        name = versioned if versioned is not None and parameters.get("VersionId") else action
        resource = f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}"
        return [Need(f"s3:{name}", resource)] + [Need("s3:PutObjectTagging", resource)] * bool(
            parameters.get("Tagging") and action == "PutObject"
        )

    return found


def _bucket(action: str) -> Callable[[Parameters], list[Need]]:
    return lambda parameters: [Need(f"s3:{action}", f"arn:aws:s3:::{parameters['Bucket']}")]


def _delete_objects(parameters: Parameters) -> Iterable[Need]:
    for entry in parameters["Delete"]["Objects"]:
        yield from _object("DeleteObject", "DeleteObjectVersion")({"Bucket": parameters["Bucket"], **entry})


def _table(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _items(action: str) -> Callable[[Parameters], list[Need]]:
    def found(parameters: Parameters) -> list[Need]:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        return [Need(f"dynamodb:{action}", _table(parameters["TableName"]) + index, _leading_key(parameters))]

    return found


def _leading_key(parameters: Parameters) -> str | None:
    match list(parameters.get("Key", {}).values()):
        case [{"S": str(key)}]:
            return key
    return None


_OF_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def _transaction(parameters: Parameters) -> Iterable[Need]:
    for part in parameters["TransactItems"]:
        ((kind, item),) = part.items()
        yield Need(f"dynamodb:{_OF_TRANSACTION[kind]}", _table(item["TableName"]))


def _queue(action: str) -> Callable[[Parameters], list[Need]]:
    def found(parameters: Parameters) -> list[Need]:
        name = parameters["QueueUrl"].rpartition("/")[2]
        return [Need(f"sqs:{action}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")]

    return found


def _key(action: str) -> Callable[[Parameters], list[Need]]:
    def found(parameters: Parameters) -> list[Need]:
        key = parameters["KeyId"]
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
        return [Need(f"kms:{action}", arn)]

    return found


def _publish(parameters: Parameters) -> list[Need]:
    resource = f"arn:aws:iot:{REGION}:{ACCOUNT}:topic/{parameters['topic']}"
    actions = ["iot:Publish", "iot:RetainPublish"] if parameters.get("retain") else ["iot:Publish"]
    return [Need(action, resource) for action in actions]


_NEEDS: Mapping[tuple[str, str], Callable[[Parameters], Iterable[Need]]] = {
    ("dynamodb", "DeleteItem"): _items("DeleteItem"),
    ("dynamodb", "GetItem"): _items("GetItem"),
    ("dynamodb", "PutItem"): _items("PutItem"),
    ("dynamodb", "Query"): _items("Query"),
    ("dynamodb", "Scan"): _items("Scan"),
    ("dynamodb", "TransactGetItems"): _transaction,
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "UpdateItem"): _items("UpdateItem"),
    ("iot-data", "Publish"): _publish,
    ("kms", "GetPublicKey"): _key("GetPublicKey"),
    ("kms", "Sign"): _key("Sign"),
    ("s3", "DeleteObject"): _object("DeleteObject", "DeleteObjectVersion"),
    ("s3", "DeleteObjects"): _delete_objects,
    ("s3", "GetObject"): _object("GetObject", "GetObjectVersion"),
    ("s3", "GetObjectTagging"): _object("GetObjectTagging", "GetObjectVersionTagging"),
    ("s3", "HeadObject"): _object("GetObject", "GetObjectVersion"),
    ("s3", "ListObjectVersions"): _bucket("ListBucketVersions"),
    ("s3", "ListObjectsV2"): _bucket("ListBucket"),
    ("s3", "PutObject"): _object("PutObject"),
    ("s3", "PutObjectTagging"): _object("PutObjectTagging", "PutObjectVersionTagging"),
    ("secretsmanager", "GetSecretValue"): lambda given: [Need("secretsmanager:GetSecretValue", given["SecretId"])],
    ("sns", "Publish"): lambda given: [Need("sns:Publish", given["TopicArn"])],
    ("sqs", "ChangeMessageVisibilityBatch"): _queue("ChangeMessageVisibility"),
    ("sqs", "SendMessage"): _queue("SendMessage"),
    ("sqs", "SendMessageBatch"): _queue("SendMessage"),
}
