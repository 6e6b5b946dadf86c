"""Who may do what: the ``accessControl`` of a component's configuration, and topic filters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MQTT = "aws.greengrass.ipc.mqttproxy"
LOCAL = "aws.greengrass.ipc.pubsub"


def allows(access_control: Mapping[str, Any], service: str, operation: str, resource: str) -> bool:
    """Whether one of the policies for ``service`` allows ``operation`` on ``resource``, a topic or a filter.

    ``*`` in a policy's resource stands for any characters, also for slashes. The MQTT service reads it as a topic
    filter, too; the local one does not.
    """
    policies = access_control.get(service, {})
    return any(
        operation in policy["operations"] or "*" in policy["operations"]
        for policy in policies.values()
        if any(_covers(pattern, resource, service) for pattern in policy["resources"])
    )


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to ``topic_filter`` gets what is published to ``topic``."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    for at, part in enumerate(wanted):
        if part == "#":
            return True
        if at >= len(given) or part not in ("+", given[at]):
            return False
    return len(wanted) == len(given)


def _covers(pattern: str, resource: str, service: str) -> bool:
    if re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), resource):
        return True
    return service == MQTT and matches(pattern, resource)
