"""What a function may do is what its role says, also where nobody but the local cloud asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.local.needs import Need, needs
from cloud_lambdas.local.rights import Rights
from tests.local.conftest import Running

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/"


@pytest.mark.parametrize(
    ("reach", "what"),
    [
        ("too far", "dynamodb:Scan on arn:aws:dynamodb:eu-central-1:123456789012:table/argus-Seen"),
        ("nothing", "s3:ListBucket on arn:aws:s3:::argus-audit"),
    ],
)
def test_what_its_role_does_not_say_a_function_is_refused(running: Running, reach: str, what: str) -> None:
    """Not even that there is no such object is told to who may not list the bucket."""
    (name,) = running.cloud.functions
    answer = running.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"reach": reach}).encode())
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorMessage"].endswith(f"does not allow {what}")


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "wanted"),
    [
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        (
            "s3",
            "GetObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "x"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        (
            "s3",
            "PutObject",
            {"Bucket": "b", "Key": "k", "Tagging": "a=b"},
            [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:PutObjectTagging", "arn:aws:s3:::b/k")],
        ),
        (
            "dynamodb",
            "UpdateItem",
            {"TableName": "t", "Key": {"key": {"S": "a/b"}}},
            [("dynamodb:UpdateItem", f"{TABLE}t", "a/b")],
        ),
        (
            "dynamodb",
            "GetItem",
            {"TableName": "t", "Key": {"key": {"S": "a"}, "sort": {"S": "b"}}},
            [("dynamodb:GetItem", f"{TABLE}t")],
        ),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", f"{TABLE}t/index/i")]),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]},
            [("dynamodb:PutItem", f"{TABLE}t"), ("dynamodb:ConditionCheckItem", f"{TABLE}u")],
        ),
        (
            "iot-data",
            "Publish",
            {"topic": "a/b", "retain": True},
            [
                ("iot:Publish", "arn:aws:iot:eu-central-1:123456789012:topic/a/b"),
                ("iot:RetainPublish", "arn:aws:iot:eu-central-1:123456789012:topic/a/b"),
            ],
        ),
    ],
)
def test_what_a_call_needs(service: str, operation: str, parameters: dict[str, Any], wanted: list[Any]) -> None:
    assert needs(service, operation, parameters) == tuple(Need(*one) for one in wanted)


def test_a_call_that_is_not_known_is_not_let_through() -> None:
    with pytest.raises(UsageError, match="which rights DeleteBucket of s3 needs"):
        needs("s3", "DeleteBucket", {"Bucket": "b"})


def test_a_star_stands_for_anything_and_nothing_else_is_special() -> None:
    rights = Rights(
        [{"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "arn:aws:s3:::b/a[1]/*"}]
    )  # fmt: skip
    assert rights.by(Need("s3:GetObject", "arn:aws:s3:::b/a[1]/b/c"))
    assert rights.by(Need("s3:GetObject", "arn:aws:s3:::b/a1/c")) is None
    assert rights.by(Need("s3:DeleteObject", "arn:aws:s3:::b/a[1]/c")) is None


def test_a_right_to_items_whose_keys_match_is_none_to_others() -> None:
    condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["mine/*"]}}
    rights = Rights([{"Effect": "Allow", "Action": "dynamodb:*", "Resource": f"{TABLE}t", "Condition": condition}])
    allowed = [
        rights.by(Need("dynamodb:UpdateItem", f"{TABLE}t", key)) for key in ("mine/a/b", "yours/a", "mine", None)
    ]
    assert allowed == [("dynamodb:*", f"{TABLE}t"), None, None, None]


def test_a_statement_that_is_not_known_is_not_taken_for_a_right() -> None:
    plain = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["a"]}}
    more = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["a"], "dynamodb:Attributes": ["b"]}}
    conditions = [("Condition", one) for one in ("{}", {}, more, {**keys, "Bool": {"aws:SecureTransport": "true"}})]
    for name, value in (("Effect", "Deny"), *conditions, ("NotAction", "s3:*")):
        with pytest.raises(UsageError, match="does not know the statement"):
            Rights([{**plain, name: value}])
