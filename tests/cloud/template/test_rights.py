"""What each function may do: what its environment tells it of and no more, and no ``*`` without a reason."""

from __future__ import annotations

from typing import Any

import pytest

from cloud_lambdas.shared import environment
from cloud_lambdas.shared.refusals import KEY_PREFIX
from tests.cloud.template.template import Template, listed, names_in, of_type, statements, written

FUNCTIONS = of_type(written(), "AWS::Serverless::Function")
POLICIES = {name: one for name, one in written()["Resources"].items() if statements(one)}

OF_AWS_ITSELF = {"Log", "Queue", "Encrypt"}
"""Statements of what AWS does in the function's name, and the function therefore hears nothing of."""

NO_RIGHT = {
    "ARGUS_MODELS": "lies in the function's own bundle",
    "ARGUS_COLLECTION": "a name",
    "ARGUS_REFUSED_PHOTO_DAYS": "a number",
    "ARGUS_SIGHTINGS_DAYS": "a number",
    "ARGUS_ALERT_COOL_DOWN_SECONDS": "a number",
    "ARGUS_LINK_BASE": "an address for others to visit",
    "ARGUS_SNAPSHOT_DAYS": "a number",
    "ARGUS_TIME_ZONE": "a name",
}


def variables(name: str) -> dict[str, Any]:
    found: dict[str, Any] = FUNCTIONS[name]["Properties"]["Environment"]["Variables"]
    return found


def role(template: Template, function: str) -> dict[str, Any]:
    (name,) = names_in(FUNCTIONS[function]["Properties"]["Role"])
    found: dict[str, Any] = template["Resources"][name]
    return found


def label(statement: dict[str, Any]) -> str:
    """Its Sid; AWS IoT's policies have none, so there it is the action."""
    action: str = listed(statement["Action"])[0]
    return str(statement.get("Sid", action.partition(":")[2]))


def test_what_there_is() -> None:
    names = ("Enrolment", "Publisher", "Sightings", "Alerts", "Pictures", "Devices")
    assert set(FUNCTIONS) == {f"{name}Function" for name in names}


def test_each_function_has_a_role_and_a_bundle_of_its_own() -> None:
    for what in ("Role", "CodeUri", "Handler", "FunctionName"):
        assert len({str(one["Properties"][what]) for one in FUNCTIONS.values()}) == len(FUNCTIONS)
    for name, one in FUNCTIONS.items():
        short = name.removesuffix("Function").lower()
        assert one["Properties"]["Handler"] == f"cloud_lambdas.{short}.handler.handler"
        assert one["Properties"]["CodeUri"]["Key"]["Fn::Sub"] == f"${{ArtifactPrefix}}/{short}-${{Architecture}}.zip"


def test_they_run_on_either_processor(plain: Template) -> None:
    for function in of_type(plain, "AWS::Lambda::Function").values():
        assert function["Properties"]["Architectures"] == [{"Ref": "Architecture"}]
        assert function["Properties"]["Runtime"] == "python3.13"
    assert plain["Parameters"]["Architecture"]["AllowedValues"] == ["x86_64", "arm64"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_its_environment_is_spelled_in_one_place(name: str) -> None:
    spelled = {value for key, value in vars(environment).items() if key.isupper()} | {"ARGUS_MODELS"}
    assert set(variables(name)) <= spelled


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_told_of_what_it_may_reach_and_of_nothing_else(template: Template, name: str) -> None:
    parts = [one for one in statements(role(template, name)) if one["Sid"] not in OF_AWS_ITSELF]
    reached = names_in([one["Resource"] for one in parts])
    told = names_in([value for key, value in variables(name).items() if key not in NO_RIGHT])
    publishes = any(action.startswith("iot:") for one in parts for action in listed(one["Action"]))
    assert ("IotEndpoint" in told) == publishes
    assert told - {"IotEndpoint"} == {one for one in reached if not one.startswith("AWS::")} - {"Collection"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_aws_acts_in_its_name_only_for_its_own_queue_and_log(template: Template, name: str) -> None:
    by_sid = {one["Sid"]: one for one in statements(role(template, name))}
    short = name.removesuffix("Function")
    assert names_in(by_sid["Log"]["Resource"]) == {f"{short}Log"}
    events = FUNCTIONS[name]["Properties"]["Events"].values()
    queues = [names_in(one["Properties"]["Queue"]) for one in events if one["Type"] == "SQS"]
    assert [names_in(by_sid["Queue"]["Resource"])] == queues if "Queue" in by_sid else queues == []
    if "Encrypt" in by_sid:
        assert names_in(by_sid["Encrypt"]["Resource"]) == {"NotificationsKey"}
        assert any("sns:Publish" in listed(one["Action"]) for one in by_sid.values())


@pytest.mark.parametrize("name", POLICIES)
def test_what_is_not_named_exactly_has_its_reason(name: str) -> None:
    reasons = POLICIES[name].get("Metadata", {}).get("Reasons", {})
    allowed = {label(one): one for one in statements(POLICIES[name]) if one["Effect"] == "Allow"}
    wide = {sid for sid, one in allowed.items() if "*" in str(one["Action"]) + str(one["Resource"])}
    assert wide <= set(reasons), f"{name}: say under Metadata, Reasons why {wide - set(reasons)} need a *"
    assert set(reasons) <= set(allowed)
    assert all(reason.endswith(".") for reason in reasons.values())


@pytest.mark.parametrize("name", POLICIES)
def test_whole_services_and_everything_are_for_a_keys_own_policy(name: str) -> None:
    for one in statements(POLICIES[name]):
        if one["Effect"] == "Allow" and POLICIES[name]["Type"] != "AWS::KMS::Key":
            assert not {"NotAction", "NotResource", "NotPrincipal"} & one.keys()
            assert "*" not in listed(one["Resource"])
            assert not any("*" in action for action in listed(one["Action"]))


def test_who_is_not_of_this_account_gets_in_nowhere() -> None:
    """Services may act for resources of this account alone; of principals there is only the account itself."""
    for name, policy in POLICIES.items():
        for one in statements(policy):
            if one["Effect"] == "Allow" and "Principal" in one:
                (kind,) = one["Principal"]
                if kind == "Service":
                    assert one["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name
                else:
                    root = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
                    assert one["Principal"] == {"AWS": {"Fn::Sub": root}}, name


def test_of_cool_downs_only_alerts_may_change_others_than_counts_of_refusals(template: Template) -> None:
    changing = {
        name: one.get("Condition")
        for name in FUNCTIONS
        for one in statements(role(template, name))
        if names_in(one["Resource"]) == {"CooldownsTable"}
    }
    counts = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{KEY_PREFIX}*"]}}
    assert changing == {"AlertsFunction": None, "SightingsFunction": counts, "DevicesFunction": counts}


def test_rules_may_do_what_they_do(template: Template) -> None:
    queues, failed = statements(template["Resources"]["RulesRole"])
    used = names_in(
        [
            action["Sqs"]["QueueUrl"]
            for rule in of_type(template, "AWS::IoT::TopicRule").values()
            for action in rule["Properties"]["TopicRulePayload"]["Actions"]
        ]
    )
    assert names_in(queues["Resource"]) == used
    assert failed["Resource"] == {"Fn::Sub": "${AuditBucket.Arn}/failed-rules/*"}
