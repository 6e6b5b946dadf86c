"""What the policies allow a device, and what not: every topic that is spelled, and every call of S3 that is made."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from argus.core import topics
from argus.core.events import decode
from argus.core.trust import TrustPolicy
from argus.device.settings.model import SnapshotSettings
from argus.device.snapshots.keeping import snapshot_key
from argus.device.sync.collection_sync import CollectionSync
from argus.storage.folder import FolderStore
from argus.storage.s3 import S3Store
from scripts.provisioning.documents import compact, document
from scripts.provisioning.names import IOT_POLICIES, LOG_POLICIES, ROLE_POLICIES, Names
from tests.device.sync.followed import names
from tests.made_up import enrolled
from tests.operations.iam import allows
from tests.storage.moving import NOW, carry, new, old, plain, upgrade_of

EVENTS = Path(__file__).resolve().parents[1] / "events"

NAMES = Names("123456789012", "eu-central-1", "argus", "components", "data")
IOT = "arn:aws:iot:eu-central-1:123456789012"

OWN, OTHER = "hall-1", "hall-2"
THINGS = [OTHER, "hall-10", "hall", "match", "HALL-1"]
"""Others, some much like one's own."""


def _visit_event(kind: str, thing: str) -> str:
    return topics.visit_event(kind, thing, "door")


TOPICS: dict[str, tuple[str, Callable[[str], str]]] = {
    "acknowledgement": ("hears", topics.acknowledgement),
    "canary": ("both", topics.canary),
    "command": ("hears", lambda thing: topics.command(thing, "sync")),
    "reply": ("says", lambda thing: topics.reply(thing, "sync")),
    "status": ("says", topics.status),
    **{kind: ("says", partial(_visit_event, kind)) for kind in topics.EVENT_KINDS},
}
"""What a device says, or hears, under its own name."""

PARSERS = {"_names", "parse_reply", "parse_status", "parse_visit_event"}
NO_TOPICS = PARSERS | {"collection_head", "commands", "matches", "segment", "thing_name"}
"""Other functions of that module; heads are of no device, and are looked at by themselves."""


def policy(root: Path, name: str) -> dict[str, Any]:
    return document(root, name, NAMES.values)


@pytest.fixture(scope="module")
def iot(root: Path) -> dict[str, Any]:
    """Both policies that a device's certificate has, as one."""
    return {"Statement": [one for file in IOT_POLICIES.values() for one in policy(root, file)["Statement"]]}


def may(iot: dict[str, Any], action: str, resource: str, thing: str = OWN) -> bool:
    return allows(iot, f"iot:{action}", f"{IOT}:{resource}", {"iot:Connection.Thing.ThingName": thing})


def test_every_topic_is_looked_at() -> None:
    spelled = {
        name for name, made in inspect.getmembers(topics, inspect.isfunction) if made.__module__ == topics.__name__
    }
    assert spelled - NO_TOPICS == {"visit_event", *TOPICS} - set(topics.EVENT_KINDS)


@pytest.mark.parametrize("name", TOPICS)
def test_a_device_says_and_hears_what_is_its_own(iot: dict[str, Any], name: str) -> None:
    what, topic_of = TOPICS[name]
    topic = topic_of(OWN)
    assert may(iot, "Publish", f"topic/{topic}") == (what in ("says", "both"))
    assert may(iot, "Receive", f"topic/{topic}") == (what in ("hears", "both"))
    assert may(iot, "Subscribe", f"topicfilter/{topic}") == (what in ("hears", "both"))


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("name", TOPICS)
def test_nothing_of_others(iot: dict[str, Any], name: str, thing: str) -> None:
    topic = TOPICS[name][1](thing)
    assert not any(may(iot, action, f"topic/{topic}") for action in ("Publish", "Receive"))
    assert not may(iot, "Subscribe", f"topicfilter/{topic}")


def test_a_camera_that_is_called_like_a_thing_opens_nothing(iot: dict[str, Any]) -> None:
    assert may(iot, "Publish", f"topic/{topics.visit_event('match', OWN, OTHER)}")
    assert not may(iot, "Publish", f"topic/{topics.visit_event('match', OTHER, OWN)}")
    assert not may(iot, "Receive", f"topic/{topics.command(OTHER, OWN)}")


@pytest.mark.parametrize(
    "topic_filter",
    ["#", "argus/#", "argus/v1/#", "argus/v1/+/hall-1/#", "argus/v1/match/hall-1/+", "argus/v1/command/#"],
)
def test_no_wide_subscriptions(iot: dict[str, Any], topic_filter: str) -> None:
    assert not may(iot, "Subscribe", f"topicfilter/{topic_filter}")


def test_commands_under_any_name_and_heads_of_any_collection_are_heard(iot: dict[str, Any]) -> None:
    assert may(iot, "Subscribe", f"topicfilter/argus/v1/command/{OWN}/+")
    head = topics.collection_head("staff")
    assert may(iot, "Subscribe", f"topicfilter/{head}")
    assert may(iot, "Receive", f"topic/{head}")
    assert not may(iot, "Publish", f"topic/{head}")


def test_a_device_connects_as_itself(iot: dict[str, Any]) -> None:
    assert may(iot, "Connect", f"client/{OWN}")
    assert may(iot, "Connect", f"client/{OWN}#2")  # a further connection of the classic nucleus
    for other in [*THINGS, "hall-12", "*"]:
        assert not may(iot, "Connect", f"client/{other}")


def test_the_nucleus_has_its_own_jobs_and_no_others(iot: dict[str, Any]) -> None:
    for tail in ("jobs/notify-next-namespace-aws-gg-deployment", "shadow/name/AWSManagedGreengrassV2Deployment/get"):
        assert may(iot, "Publish", f"topic/$aws/things/{OWN}/{tail}")
        assert may(iot, "Receive", f"topic/$aws/things/{OWN}/{tail}")
        assert may(iot, "Subscribe", f"topicfilter/$aws/things/{OWN}/{tail}")
        assert not may(iot, "Publish", f"topic/$aws/things/{OTHER}/{tail}")
        assert not may(iot, "Subscribe", f"topicfilter/$aws/things/{OTHER}/{tail}")
    assert may(iot, "Publish", f"topic/$aws/things/{OWN}/greengrassv2/health/json")
    assert may(iot, "AssumeRoleWithCertificate", "rolealias/argus-device")
    assert not may(iot, "AssumeRoleWithCertificate", "rolealias/admin")


def test_policies_are_not_longer_than_aws_takes_them(root: Path) -> None:
    longest = Names("123456789012", "ap-southeast-3", "argus", "a" * 63, "d" * 63)  # no region's name is longer
    for file in IOT_POLICIES.values():
        assert len(compact(document(root, file, longest.values))) <= 2048
    role = [*ROLE_POLICIES.values(), *LOG_POLICIES.values()]
    assert sum(len(compact(document(root, file, longest.values))) for file in role) <= 10240


def test_only_the_role_alias_of_this_account_takes_the_role(root: Path) -> None:
    (statement,) = policy(root, "iam-trust")["Statement"]
    assert statement["Principal"] == {"Service": "credentials.iot.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"] == f"{IOT}:rolealias/argus-device"


@pytest.fixture
def calls(bucket: str, tmp_path: Path) -> set[tuple[str, str]]:
    """What a device asks of S3, as operation and key: it follows a collection; uploads a picture."""
    place = S3Store(bucket, "collections/staff")
    old(place).update(lambda people: people.with_person(plain("ann", 1)))
    seen: set[tuple[str, str]] = set()
    client = boto3.client("s3")
    client.meta.events.register(
        "provide-client-params.s3", lambda params, model, **_: seen.add((model.name, params["Key"]))
    )

    following = S3Store(bucket, "collections/staff", client)
    local = FolderStore(tmp_path)
    sync = CollectionSync("it", following, local, trust=TrustPolicy((), lambda: NOW), now=lambda: NOW, thing=OWN)
    sync.poll()
    carry(upgrade_of(place))
    new(place).update(lambda people: people.with_person(enrolled("eve")))
    for _ in range(2):
        sync.poll()
    sync.confirm()
    assert (names(sync), sync.status.unconfirmed) == ({"ann", "eve"}, None)

    event = decode((EVENTS / "unknown.json").read_bytes())
    event = replace(event, device=replace(event.device, thing=OWN))
    key = snapshot_key(event, SnapshotSettings(keep="all", place=f"s3://{bucket}"))
    assert key is not None
    S3Store(bucket, "", client).put(key, b"")
    S3Store(bucket, "", client).delete(key)
    return seen


def test_a_device_may_do_in_s3_what_it_does_and_not_as_another(
    root: Path, bucket: str, calls: set[tuple[str, str]]
) -> None:
    role = document(root, "iam-device", replace(NAMES, data_bucket=bucket).values)

    def may_do(operation: str, key: str, thing: str, where: str = bucket) -> bool:
        resource = f"arn:aws:s3:::{where}/{key}"
        return allows(role, f"s3:{operation}", resource, {"credentials-iot:ThingName": thing})

    assert {operation for operation, _ in calls} == {"GetObject", "PutObject", "DeleteObject"}
    assert {key.split("/")[2] for _, key in calls} >= {"head.json", "heads", "manifests", "buckets", "devices"}
    for operation, key in calls:
        assert may_do(operation, key, OWN), (operation, key)
        if operation != "GetObject":
            assert not any(may_do(operation, key, other) for other in THINGS)
        assert not may_do(operation, key, OWN, "elsewhere")
    for operation, key in [
        ("PutObject", "collections/staff/head.json"),
        ("PutObject", "collections/staff/buckets/0.npz"),
        ("DeleteObject", "collections/staff/head.json"),
        ("GetObject", f"collections/staff/devices/{OTHER}.json"),
        ("GetObject", f"snapshots/{OWN}/2026/01/01/x.jpg"),
        ("GetObject", "photos/ann/1.jpg"),
    ]:
        assert not may_do(operation, key, OWN), (operation, key)
    assert may_do("GetObject", "argus.FaceRecognizer/0.1.0/argus-aarch64.zip", OWN, NAMES.artifact_bucket)
    assert not may_do("PutObject", "argus.FaceRecognizer/0.1.0/argus-aarch64.zip", OWN, NAMES.artifact_bucket)
