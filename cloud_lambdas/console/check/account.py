"""The stack that is looked over, and how AWS is asked about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import boto3.session
from botocore.config import Config

from argus.core.finding import Finding, State, ok
from cloud_lambdas.console.stack import Stack

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})


class Account:
    """What a check is given."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._session = boto3.session.Session()

    def client(self, service: str) -> Any:
        """boto3's client of a service."""
        return self._session.client(service, config=_CONFIG)  # type: ignore[call-overload]

    def of_type(self, kind: str) -> Mapping[str, str]:
        """The stack's resources of a type: what the template calls each, and what AWS does."""
        return {logical_id: name for logical_id, (found, name) in self._resources.items() if found == kind}

    @cached_property
    def _resources(self) -> Mapping[str, tuple[str, str]]:
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack.name)
        return {
            one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"])
            for page in pages
            for one in page["StackResourceSummaries"]
            if one.get("PhysicalResourceId")
        }


def or_else(problems: Iterable[Finding], topic: str, what: str) -> Iterator[Finding]:
    """The problems; where none is a fault, that it is ``what``, too."""
    faults = 0
    for problem in problems:
        faults += problem.state is State.FAULT
        yield problem
    if not faults:
        yield ok(topic, what)
