"""To whom a message of a topic goes: those subscribers whose filter lets it pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from moto.sns.utils import FilterPolicyMatcher

from cloud_lambdas.local.resources import ClientOf


@dataclass(frozen=True)
class Recipient:
    """Somebody who gets a message, and in which words: ``sms``, ``+12025550100``."""

    protocol: str
    endpoint: str
    text: str


def recipients(
    client: ClientOf, topic: str, attributes: Mapping[str, Mapping[str, str]], words: Mapping[str, str], *, but: str
) -> tuple[Recipient, ...]:
    """Everybody who gets it, by protocol and endpoint.

    Args:
        topic: its ARN.
        attributes: the message's, each with Type and Value.
        words: the message by protocol, with those of all others as ``default``.
        but: the endpoint of the one that is not meant.
    """
    sns, found = client("sns"), []
    for subscription in _subscriptions(client, topic):
        protocol, endpoint = subscription["Protocol"], subscription["Endpoint"]
        given = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
        wanted = FilterPolicyMatcher(json.loads(given.get("FilterPolicy") or "{}"), given.get("FilterPolicyScope"))
        text = words.get(protocol, words["default"])
        if endpoint != but and wanted.matches(dict(attributes), text):
            found.append(Recipient(protocol, endpoint, text))
    return tuple(sorted(found, key=lambda one: (one.protocol, one.endpoint)))


def _subscriptions(client: ClientOf, topic: str) -> Iterator[Mapping[str, str]]:
    for page in client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic):
        yield from page["Subscriptions"]
