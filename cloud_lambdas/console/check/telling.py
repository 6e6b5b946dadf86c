"""Whether anybody hears of what happens: alarms, subscriptions, the webhook."""

from __future__ import annotations

from collections.abc import Iterator

from argus.core.errors import UsageError
from argus.core.finding import Finding, fault, note, ok, refused
from cloud_lambdas.alerts.secret import read_endpoint
from cloud_lambdas.console.check.account import Account, or_else

_A_TIME = 100
"""Alarms that one request may name."""


def check_alarms(account: Account) -> Iterator[Finding]:
    """None of the stack's alarms is in alarm."""
    if account.stack.runs_here:
        yield note("alarms", "not looked at: nothing counts metrics on this machine")
        return
    names = sorted(account.of_type("AWS::CloudWatch::Alarm").values())
    client, found = account.client("cloudwatch"), []
    for start in range(0, len(names), _A_TIME):
        found += client.describe_alarms(AlarmNames=names[start : start + _A_TIME])["MetricAlarms"]
    yield from or_else(_alarms(names, found), "alarms", f"{len(names)}, none of them in alarm")


def _alarms(names: list[str], found: list[dict[str, object]]) -> Iterator[Finding]:
    for name in sorted(set(names) - {str(alarm["AlarmName"]) for alarm in found}):
        yield fault("alarms", f"{name} is gone", "run scripts/destroy and scripts/deploy; tables and buckets stay")
    for alarm in found:
        if alarm["StateValue"] == "ALARM":
            what = f"{alarm['AlarmName']} is in alarm: {alarm.get('AlarmDescription', '')}".rstrip(": .")
            yield fault("alarms", what, "see the function's log, or the queue; it ends by itself when it is mended")
        elif not alarm["ActionsEnabled"]:
            yield note("alarms", f"{alarm['AlarmName']} tells nobody", "enable its actions in the console")


def check_subscriptions(account: Account) -> Iterator[Finding]:
    """Somebody hears alerts, and somebody hears alarms."""
    yield from _topic(account, "AlertsTopic", "alerts", "subscribe people to AlertsTopic (docs/cloud.md)")
    remedy = "run scripts/deploy --set OperatorEmail=ADDRESS, and open the link that AWS sends there"
    yield from _topic(account, "AlarmsTopic", "alarms", remedy)


def _topic(account: Account, output: str, what: str, remedy: str) -> Iterator[Finding]:
    pages = account.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [
        one
        for page in pages.paginate(TopicArn=account.stack.output(output))
        for one in page["Subscriptions"]
        # The local cloud reads its topics by a queue of its own.
        if not (account.stack.runs_here and one["Protocol"] == "sqs")
    ]
    waiting = sum(one["SubscriptionArn"] == "PendingConfirmation" for one in found)
    if waiting:
        yield note(
            "subscribers",
            f"{waiting} of the {len(found)} who shall hear {what} have not confirmed",
            "they open the link that AWS sent them; if it is lost, subscribe them again",
        )
    if len(found) > waiting:
        yield ok("subscribers", f"{len(found) - waiting} hear {what}")
    else:
        yield note("subscribers", f"nobody hears {what}", remedy)


def check_webhook(account: Account) -> Iterator[Finding]:
    """Whether its secret can be used; nothing of it is shown."""
    client = account.client("secretsmanager")
    content = client.get_secret_value(SecretId=account.stack.output("WebhookSecret")).get("SecretString", "")
    try:
        endpoint = read_endpoint(content)
    except UsageError as error:
        yield refused("webhook", error)
        return
    yield ok("webhook", "its secret has a url and a key") if endpoint else note("webhook", "off: its secret has no url")
