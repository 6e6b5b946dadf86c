"""One small cloud for all the tests that speak with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud_lambdas.local.compose import LocalCloud, local_cloud
from cloud_lambdas.local.outbox import Sent

TEMPLATE = Path(__file__).with_name("template.yaml")


@dataclass
class Running:
    """The cloud of ``template.yaml``, and what it would have sent so far."""

    cloud: LocalCloud
    sent: list[Sent] = field(default_factory=list)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    sent: list[Sent] = []
    with local_cloud(template=TEMPLATE, on_sent=sent.append) as cloud:
        yield Running(cloud, sent)
