"""What of a rule is refused when it is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.local.rules import Rule, RuleLoader


def load(**changed: object) -> Rule | None:
    payload: dict[str, Any] = {
        "AwsIotSqlVersion": "2016-03-23",
        "Sql": "SELECT * FROM 'a'",
        "Actions": [{"Sqs": {"QueueUrl": "http://queue"}}],
        **changed,
    }
    loader = RuleLoader(lambda service: None, lambda *given, **more: None, lambda arn, event: None)
    return loader.load("tried", {"TopicRulePayload": payload})


def test_a_rule_is_loaded_unless_it_is_disabled() -> None:
    rule = load()
    assert rule is not None
    assert [(action.kind, action.target) for action in rule.actions] == [("Sqs", "http://queue")]
    assert load(RuleDisabled="true") is None


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"Actions": [{"Kinesis": {"StreamName": "s"}}]}, "the action Kinesis of the rule tried"),
        ({"ErrorAction": {"CloudwatchLogs": {}}}, "the action CloudwatchLogs of the rule tried"),
        ({"AwsIotSqlVersion": "beta"}, "AwsIotSqlVersion 2016-03-23, not beta"),
        ({"Sql": "SELECT clientid() AS c FROM 'a'"}, r"(?i)clientid\(\)"),
        ({"Actions": [{"Republish": {"Topic": "a/${rand()}"}}]}, r"(?i)rand\(\)"),
    ],
)
def test_what_is_not_known_is_refused_when_the_rule_is_loaded(changed: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        load(**changed)
