"""What devices may do is written once, in ``recipes/policies``; the template says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.provisioning.documents import document
from scripts.provisioning.names import Names
from tests.cloud.template.template import Template, listed, statements, substituted

ACCOUNT, REGION = "123456789012", "eu-central-1"
NAMES = Names(ACCOUNT, REGION, "argus", "components", "data")
OF_AWS = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}


def without_names(policy: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: listed(value) for key, value in one.items() if key != "Sid"} for one in policy]


def test_what_a_device_may_say_and_hear(template: Template, root: Path) -> None:
    ours = substituted(statements(template["Resources"]["DeviceTopics"]), OF_AWS)
    assert without_names(ours) == without_names(document(root, "iot-argus", NAMES.values)["Statement"])


def test_what_a_device_may_do_in_s3(template: Template, root: Path) -> None:
    """The same as with one data bucket; components lie in a bucket that is not this stack's."""
    buckets = {"CollectionsBucket": "data", "SnapshotsBucket": "data"}
    access = template["Resources"]["DeviceAccess"]
    ours = substituted(statements(access), {**OF_AWS, **buckets})
    theirs = document(root, "iam-device", NAMES.values)["Statement"]
    assert ours == [one for one in theirs if one["Sid"] != "Artifacts"]


def test_collections_and_pictures_lie_in_their_own_buckets(template: Template) -> None:
    for one in statements(template["Resources"]["DeviceAccess"]):
        bucket = "SnapshotsBucket" if one["Sid"] == "Snapshots" else "CollectionsBucket"
        assert all(f":::${{{bucket}}}/" in resource["Fn::Sub"] for resource in listed(one["Resource"]))
