"""``argus cloud check`` over the local cloud, as it is made and with real faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store
from argus.storage.signing_kms import KmsSigner
from cloud_lambdas.console.check.account import Account
from cloud_lambdas.console.check.examine import check_stack, examine
from cloud_lambdas.console.check.running import check_api, check_functions, check_pictures, check_rules
from cloud_lambdas.console.check.telling import check_alarms
from cloud_lambdas.console.stack import Stack, find_stack
from cloud_lambdas.local.compose import LocalCloud, local_cloud
from cloud_lambdas.publisher.service import MODEL_ID
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock
from tests.cloud.console.conftest import Ask, Tell, lead_to
from tests.cloud.console.refusing import refusing

Found = list[dict[str, Any]]


def of(topic: str, found: Found) -> list[tuple[str, str]]:
    """State and words of each finding of a topic."""
    return [(one["state"], one["what"]) for one in found if one["topic"] == topic]


def test_a_cloud_as_it_is_made_has_no_fault(cloud: LocalCloud, ask: Ask) -> None:
    cloud.client("lambda").invoke(FunctionName="argus-publisher", Payload=b"{}")
    code, found = ask("check")
    assert [one["what"] for one in found if one["state"] == "fault"] == []
    assert code == 0
    assert of("functions", found) == [("ok", "6, ready and to be invoked")]
    assert of("buckets", found) == [("ok", "5: private, encrypted, with earlier versions")]
    assert of("tables", found) == [("ok", "8: active, with recovery to every second; what expires is deleted")]
    assert of("queues", found) == [("ok", "photos, changes, visits, statuses, alerts: no dead letters")]
    assert of("alarms", found) == [("note", "not looked at: nothing counts metrics on this machine")]
    assert of("subscribers", found) == [("note", "nobody hears alerts"), ("note", "nobody hears alarms")]
    assert of("webhook", found) == [("note", "off: its secret has no url")]
    ((state, signing),) = of("signing", found)
    assert state == "ok"
    assert signing.startswith("version 1 of people (head.json) is signed by the stack's key ")
    assert [state for state, _ in of("links", found)] == ["ok"]
    assert of("pictures", found) == [("note", "not looked at: the local cloud holds each function to its role")]


def test_who_hears_alerts_is_told_and_nothing_that_is_secret(cloud: LocalCloud, tell: Tell) -> None:
    sns, secrets, secret = cloud.client("sns"), cloud.client("secretsmanager"), cloud.outputs["WebhookSecret"]
    arn = sns.subscribe(
        TopicArn=cloud.outputs["AlertsTopic"], Protocol="sms", Endpoint="+15555550100", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    before = secrets.get_secret_value(SecretId=secret)["SecretString"]
    filled = json.dumps(json.loads(before) | {"url": "https://hooks.example.com/hush"})
    secrets.put_secret_value(SecretId=secret, SecretString=filled)
    code, text = tell("check")
    secrets.put_secret_value(SecretId=secret, SecretString=before)
    sns.unsubscribe(SubscriptionArn=arn)
    assert code == 0
    assert "\nsubscribers  ok     1 hear alerts\n" in text
    assert "\nsubscribers  note   nobody hears alarms\n                    -> run scripts/deploy --set Op" in text
    assert "\nwebhook      ok     its secret has a url and a key\n" in text
    assert "5555550100" not in text
    assert "hush" not in text


def test_a_right_that_is_missing_is_a_fault(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing("AccessDenied") as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", address)
        stack = replace(find_stack(), clients=Clients(address))
        found = [(one.topic, one.state.value, one.what) for one in examine(stack, send=True)]
    assert [one for one in found if one[1] == "fault"] == [
        ("subscribers", "fault", "these credentials may not do ListSubscriptionsByTopic"),
        ("round trip", "fault", "these credentials may not do Publish"),
    ]
    assert ("queues", "ok") in {one[:2] for one in found}  # the others are looked at nevertheless


@pytest.fixture(scope="module")
def broken() -> Iterator[LocalCloud]:
    """A cloud in which somebody has changed, by hand, what the template says."""
    with local_cloud() as cloud:
        s3, outputs, dynamodb, sqs = cloud.client("s3"), cloud.outputs, cloud.client("dynamodb"), cloud.client("sqs")
        s3.delete_public_access_block(Bucket=outputs["PhotosBucket"])
        s3.delete_bucket_encryption(Bucket=outputs["AuditBucket"])
        s3.put_bucket_versioning(Bucket=outputs["SnapshotsBucket"], VersioningConfiguration={"Status": "Suspended"})
        s3.delete_bucket(Bucket=outputs["WebBucket"])
        dynamodb.delete_table(TableName=outputs["LinksTable"])
        dynamodb.update_continuous_backups(
            TableName=outputs["PeopleTable"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )
        dynamodb.update_time_to_live(
            TableName=outputs["VerdictsTable"],
            TimeToLiveSpecification={"AttributeName": "expires", "Enabled": False},
        )
        sqs.send_message(QueueUrl=outputs["VisitsDeadQueue"], MessageBody="personal")
        sqs.delete_queue(QueueUrl=outputs["PhotosDeadQueue"])
        sqs.set_queue_attributes(QueueUrl=outputs["ChangesQueue"], Attributes={"RedrivePolicy": ""})
        cloud.client("secretsmanager").put_secret_value(SecretId=outputs["WebhookSecret"], SecretString="hush")
        other = cloud.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        CollectionRepository(
            S3Store(outputs["CollectionsBucket"], "collections/people", s3),
            "people",
            SystemClock().now,
            MODEL_ID,
            signers=(KmsSigner(cloud.client("kms"), other),),
        ).create()
        yield cloud


def test_what_is_broken_is_found_and_told_how_to_mend(
    broken: LocalCloud, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(broken, monkeypatch)
    code, found = ask("check")
    assert code == 1
    faults = {(one["topic"], one["what"]) for one in found if one["state"] == "fault"}
    signing = next(what for topic, what in faults if topic == "signing")
    assert signing.startswith("version 1 of people (head.json) is not signed by the stack's key ")
    assert faults == {
        ("buckets", f"{broken.outputs['PhotosBucket']} may be opened to everybody"),
        ("buckets", f"{broken.outputs['AuditBucket']} is not encrypted"),
        ("buckets", f"{broken.outputs['SnapshotsBucket']} keeps no earlier versions"),
        ("buckets", f"{broken.outputs['WebBucket']} is gone"),
        ("tables", "argus-links is gone"),
        ("tables", "argus-people cannot be recovered to an earlier second"),
        ("tables", "argus-verdicts keeps what has expired"),
        ("queues", "1 message of visits could not be handled"),
        ("queues", "argus-photos-dead is gone"),
        ("queues", "changes loses what cannot be handled"),
        ("webhook", "the webhook's secret cannot be used"),
        ("signing", signing),
        ("links", f"{broken.web} answers 503 to an unknown link"),
    }
    assert all(one["remedy"] for one in found if one["state"] == "fault")
    assert "personal" not in json.dumps(found)
    assert "hush" not in json.dumps(found)


class Somewhere(Account):
    """In AWS, as far as moto imitates it, with resources that CloudFormation is not asked for."""

    def __init__(self, resources: dict[str, list[str]], **parameters: str) -> None:
        outputs = {"PicturesUrl": parameters.pop("url", "")}
        super().__init__(Stack("argus", "CREATE_COMPLETE", outputs, parameters, runs_here=False, clients=Clients()))
        self._there = resources

    def of_type(self, kind: str) -> dict[str, str]:
        return {name: name for name in self._there.get(kind, [])}


def told(found: Any) -> list[tuple[str, str]]:
    return [(one.state.value, one.what) for one in found]


@pytest.mark.parametrize(
    ("status", "state"),
    [("UPDATE_COMPLETE", "ok"), ("UPDATE_ROLLBACK_COMPLETE", "note"), ("UPDATE_IN_PROGRESS", "note")],
)
def test_a_deployment_that_failed_or_goes_on_is_told(aws: str, status: str, state: str) -> None:
    account = Somewhere({})
    account.stack = replace(account.stack, status=status)
    ((told_state, what),) = told(check_stack(account))
    assert (told_state, what.startswith(f"argus is {status}, with 1 outputs")) == (state, True)


def test_alarms(aws: str) -> None:
    cloudwatch: Any = boto3.Session().client("cloudwatch")
    for name, actions in (("quiet", True), ("loud", True), ("mute", False)):
        cloudwatch.put_metric_alarm(
            AlarmName=name, AlarmDescription="Messages have waited.", Namespace="AWS/SQS", MetricName="Age",
            Statistic="Maximum", Period=60, EvaluationPeriods=1, Threshold=1, ActionsEnabled=actions,
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    account = Somewhere({"AWS::CloudWatch::Alarm": ["quiet"]})
    assert told(check_alarms(account)) == [("ok", "1, none of them in alarm")]
    cloudwatch.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="test")
    account = Somewhere({"AWS::CloudWatch::Alarm": ["quiet", "loud", "mute", "gone"]})
    assert sorted(told(check_alarms(account))) == [
        ("fault", "gone is gone"),
        ("fault", "loud is in alarm: Messages have waited"),
        ("note", "mute tells nobody"),
    ]


def test_rules(aws: str) -> None:
    iot: Any = boto3.client("iot")
    iot.create_topic_rule(ruleName="here", topicRulePayload={"sql": "SELECT * FROM 'a'", "actions": []})
    address = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    account = Somewhere({"AWS::IoT::TopicRule": ["here"]}, IotEndpoint="https://elsewhere")
    (rules, endpoint) = told(check_rules(account))
    assert rules == ("ok", "1, all enabled")
    assert endpoint[0] == "fault"
    assert endpoint[1].startswith("messages to devices go to https://elsewhere, and devices of this account listen at ")
    iot.disable_topic_rule(ruleName="here")
    account = Somewhere({"AWS::IoT::TopicRule": ["here"]}, IotEndpoint=f"https://{address}")
    assert told(check_rules(account))[0] == ("fault", "here is disabled")


def test_a_function_that_is_gone(cloud: LocalCloud) -> None:
    account = Somewhere({"AWS::Lambda::Function": ["argus-publisher", "argus-none"]})
    assert told(check_functions(account)) == [("fault", "argus-none is gone")]


ROLE = "arn:aws:iam::123456789012:role/pictures"


def asked_of_iam(monkeypatch: pytest.MonkeyPatch) -> tuple[Somewhere, Stubber]:
    """A stack whose role moto cannot try out: IAM's answer is to be given."""
    account = Somewhere({"AWS::Lambda::Function": ["PicturesFunction"]})
    account.stack = replace(account.stack, outputs={"SnapshotsBucket": "snapshots"})
    clients = {name: boto3.Session().client(name) for name in ("lambda", "iam")}
    functions, iam = Stubber(clients["lambda"]), Stubber(clients["iam"])
    functions.add_response("get_function_configuration", {"Role": ROLE}, {"FunctionName": "PicturesFunction"})
    functions.activate()
    iam.activate()
    monkeypatch.setattr(account, "client", clients.__getitem__)
    return account, iam


@pytest.mark.parametrize(
    ("decision", "state", "what"),
    [
        ("allowed", "ok", "PicturesFunction may read them"),
        ("implicitDeny", "fault", "PicturesFunction may not read them: to it none has arrived"),
    ],
)
def test_a_right_to_pictures_that_was_lost(
    aws: str, monkeypatch: pytest.MonkeyPatch, decision: str, state: str, what: str
) -> None:
    account, iam = asked_of_iam(monkeypatch)
    result = {"EvalActionName": "s3:GetObject", "EvalDecision": decision}
    asked = {
        "PolicySourceArn": ROLE,
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::snapshots/snapshots/any.jpg"],
    }
    iam.add_response("simulate_principal_policy", {"EvaluationResults": [result]}, asked)
    assert told(check_pictures(account)) == [(state, what)]


def test_a_right_to_pictures_that_may_not_be_asked_for(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    account, iam = asked_of_iam(monkeypatch)
    iam.add_client_error("simulate_principal_policy", "AccessDenied")
    ((state, what),) = told(check_pictures(account))
    assert (state, what.startswith("these credentials may not ask what ")) == ("note", True)


def test_links_without_tls_and_an_api_that_is_away(cloud: LocalCloud) -> None:
    assert told(check_api(Somewhere({}, url="http://argus.test"))) == [
        ("fault", "links in alerts begin with http://argus.test, without TLS")
    ]
    ((state, what),) = told(check_api(Somewhere({}, url="https://127.0.0.1:9")))
    assert state == "fault"
    assert what.startswith("https://127.0.0.1:9 does not answer (")
