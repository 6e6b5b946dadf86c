"""From the template to what is made of it: what is known, what is nothing here, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.local.compose import TEMPLATE
from cloud_lambdas.local.provision import provision, refuse_unknown
from cloud_lambdas.local.resolve import Made, Resolver, references
from cloud_lambdas.local.resources import HTTP_API, INERT, MADE, WIRED
from cloud_lambdas.local.rules import RuleLoader
from cloud_lambdas.local.schedules import seconds_of
from cloud_lambdas.local.translate import Template, translate
from tests.local.conftest import Running

GIVEN = {"ArtifactBucket": "local", "ArtifactPrefix": "local", "IotEndpoint": "http://127.0.0.1:1"}


@pytest.fixture(scope="module")
def whole() -> Template:
    """The project's own template."""
    return translate(TEMPLATE, GIVEN)


def test_what_is_nothing_here_is_this_and_no_more() -> None:
    assert set(INERT) == {
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::IoT::Policy",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
    }
    assert all(INERT.values())
    kinds = [*MADE, *WIRED, *INERT, HTTP_API]
    assert len(kinds) == len(set(kinds))


def test_the_template_uses_every_type_that_is_known_and_no_other(whole: Template) -> None:
    refuse_unknown(whole.resources)
    assert {resource["Type"] for resource in whole.resources.values()} == {*MADE, *WIRED, *INERT, HTTP_API}


def test_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"does not know Big \(AWS::Redshift::Cluster\)"):
        refuse_unknown({"Small": {"Type": "AWS::SQS::Queue"}, "Big": {"Type": "AWS::Redshift::Cluster"}})


def test_the_whole_template_is_made(whole: Template, running: Running) -> None:
    client = running.cloud.client
    stack = provision(whole, client, api_address="http://here")
    outputs = stack.outputs()
    photos = client("s3").get_bucket_notification_configuration(Bucket=outputs["PhotosBucket"])
    assert [each["Events"] for each in photos["QueueConfigurations"]] == [
        ["s3:ObjectCreated:*"],
        ["s3:ObjectRemoved:*"],
    ]
    assert outputs["PicturesUrl"] == "http://here"
    alerts = client("sqs").get_queue_attributes(QueueUrl=outputs["AlertsQueue"], AttributeNames=["All"])["Attributes"]
    assert alerts["FifoQueue"] == "true"
    sightings = client("dynamodb").describe_table(TableName=outputs["SightingsTable"])["Table"]
    assert {index["IndexName"] for index in sightings["GlobalSecondaryIndexes"]} == {"by_day", "by_person", "by_visit"}
    loader = RuleLoader(client, lambda *given, **more: None, lambda arn, event: None)
    rules = [loader.load(name, properties) for name, properties in stack.of_type("AWS::IoT::TopicRule")]
    assert {rule.statement.topic_filter for rule in rules if rule} >= {"argus/v1/match/+/+", "argus/v1/status/+"}
    assert all(rule.error_action for rule in rules if rule)
    for _, properties in stack.of_type("AWS::Events::Rule"):
        assert seconds_of(properties["ScheduleExpression"]) >= 60
    functions = dict(stack.of_type("AWS::Lambda::Function"))
    assert all(properties["Handler"].startswith("cloud_lambdas.") for properties in functions.values())
    for name, properties in stack.of_type("AWS::Lambda::EventSourceMapping"):
        assert properties["EventSourceArn"].startswith("arn:aws:sqs:"), name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "eu-central-1"),
        ({"Ref": "Days"}, "7"),
        ({"Ref": "Queue"}, "http://queue"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "arn:queue"),
        ({"Fn::Sub": "${Queue.Arn}/${Days}/${!Literal}"}, "arn:queue/7/${Literal}"),
        ({"Fn::Sub": ["${a}-${Queue}", {"a": {"Ref": "Days"}}]}, "7-http://queue"),
        ({"Fn::Join": [":", ["a", {"Ref": "Days"}]]}, "a:7"),
        ({"Fn::If": ["Yes", "then", {"Ref": "Nobody"}]}, "then"),
        ({"Fn::If": ["No", "then", "otherwise"]}, "otherwise"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
    ],
)
def test_intrinsic_functions(value: object, expected: object) -> None:
    assert resolver().resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue"),
        ({"Ref": "Nobody"}, "Nobody"),
        ({"Fn::GetAtt": ["Queue", "Age"]}, r"Queue\.Age"),
        ({"Fn::If": ["Maybe", 1, 2]}, "Maybe"),
    ],
)
def test_what_cannot_be_resolved_is_named(value: object, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        resolver().resolve(value)


def test_references_are_found_in_every_function() -> None:
    value = {
        "a": [{"Ref": "A"}, {"Fn::GetAtt": ["B", "Arn"]}],
        "b": {"Fn::Sub": ["${C.Arn} ${x}", {"x": {"Ref": "D"}}]},
    }
    assert references(value) >= {"A", "B", "C", "D"}


def test_resources_that_need_each_other_are_refused() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Two"}}}
    other = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "One"}}}
    with pytest.raises(UsageError, match="circle"):
        provision(Template({}, {}, {"One": queue, "Two": other}, {}), lambda service: None, api_address="")


def test_a_parameter_without_a_value_is_named() -> None:
    with pytest.raises(UsageError, match="ArtifactBucket, ArtifactPrefix, IotEndpoint"):
        translate(TEMPLATE, {})


@pytest.mark.parametrize("text", ["Resources: [", "Resources: 3", "just text"])
def test_what_is_no_template_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=str(path)):
        translate(path, {})


def test_schedules() -> None:
    assert (seconds_of("rate(1 minute)"), seconds_of("rate(2 hours)")) == (60, 7200)
    with pytest.raises(UsageError, match="cron"):
        seconds_of("cron(0 12 * * ? *)")


def resolver() -> Resolver:
    conditions = {
        "Yes": {"Fn::Equals": [{"Ref": "Days"}, 7]},
        "No": {"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "Yes"}]}]},
    }
    made = Resolver(Template({"Days": "7"}, conditions, {}, {}))
    made.made["Queue"] = Made("http://queue", {"Arn": "arn:queue"})
    return made
