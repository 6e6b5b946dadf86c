"""The function with a table of links and a bucket in moto's server, and a clock that stands still."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any

import pytest

from cloud_lambdas.pictures.handler import Handler, create
from cloud_lambdas.pictures.pages import Response
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.erased_pictures import ErasedPictures
from cloud_lambdas.shared.links import Links
from tests.browsing import browser, pages
from tests.cloud.calls import call
from tests.cloud.resources import make_bucket, make_table
from tests.cloud.set_clock import SetClock

__all__ = ["browser", "pages"]  # fixtures, which pytest looks for here

KEY = "snapshots/hall-1/2024/05/01/018f3406-a2e2-7111-9111-111111111111.jpg"
BASE = "https://pictures.example"
NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
LIFETIME = timedelta(days=3)


@dataclass(frozen=True)
class World:
    """What one test has for itself."""

    clients: Clients
    table: str
    bucket: str
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))

    @cached_property
    def handle(self) -> Handler:
        environment = {names.LINKS_TABLE: self.table, names.SNAPSHOTS_BUCKET: self.bucket}
        return create(environment, self.clients, self.clock)

    @property
    def erased(self) -> ErasedPictures:
        return ErasedPictures(self.clients.dynamodb, self.table)

    def items(self) -> list[dict[str, Any]]:
        """Of the table of links."""
        return list(self.clients.dynamodb.scan(TableName=self.table)["Items"])

    def mint(self, key: str = KEY) -> str:
        """A link's token."""
        link = Links(self.clients.dynamodb, self.table, BASE, LIFETIME).mint(key, self.clock.now())
        return link.rpartition("/")[2]

    def put(self, data: bytes, key: str = KEY) -> None:
        """What a device uploads."""
        self.clients.s3.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType="text/html")

    def ask(self, method: str, token: str, body: str | None = None) -> Response:
        return self.handle(request(method, token, body), call())


def request(method: str, token: str, body: str | None = None) -> dict[str, Any]:
    """What an HTTP API gives the function."""
    path = f"/p/{token}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} /p/{{token}}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "pictures.example"},
        "requestContext": {"http": {"method": method, "path": path, "sourceIp": "192.0.2.1"}, "stage": "$default"},
        "pathParameters": {"token": token},
        "isBase64Encoded": False,
    }
    return event if body is None else event | {"body": body}


@pytest.fixture
def world(aws: str) -> World:
    name = uuid.uuid4().hex
    clients = Clients()
    make_table(clients, f"links-{name}", "token_hash")
    make_bucket(clients, f"snapshots-{name}")
    return World(clients, f"links-{name}", f"snapshots-{name}")
