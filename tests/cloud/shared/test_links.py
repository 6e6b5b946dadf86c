"""Links to pictures: who has one sees one picture for a while; who has the table has nothing."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.links import Link, LinkedPictures, Links

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
LIFETIME = timedelta(days=2)
KEY = "snapshots/hall-1/door/2024-05-01/018f3406.jpg"
BASE = "https://pictures.example"


@pytest.fixture
def client(aws: str) -> DynamoDBClient:
    return Clients().dynamodb


@pytest.fixture
def table(client: DynamoDBClient) -> str:
    name = f"links-{uuid.uuid4().hex}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "token_hash", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "token_hash", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def links(client: DynamoDBClient, table: str) -> Links:
    return Links(client, table, f"{BASE}/", LIFETIME)


def token_of(link: str) -> str:
    start = f"{BASE}/p/"
    assert link.startswith(start)
    return link.removeprefix(start)


def test_a_link_leads_to_its_picture_as_long_as_it_lives(links: Links, client: DynamoDBClient, table: str) -> None:
    token = token_of(links.mint(KEY, NOW))
    linked = LinkedPictures(client, table)
    assert linked.find(token, NOW) == Link(KEY, NOW)
    assert linked.find(token, NOW + LIFETIME - timedelta(seconds=1)) == Link(KEY, NOW)
    assert linked.find(token, NOW + LIFETIME) is None


def test_each_link_has_a_token_of_its_own(links: Links) -> None:
    first, second = (token_of(links.mint(KEY, NOW)) for _ in range(2))
    assert first != second
    assert len(first) >= 43, "256 bits in base64"
    assert links.find(first, NOW) == links.find(second, NOW) == Link(KEY, NOW)


def test_the_table_holds_no_token(links: Links, client: DynamoDBClient, table: str) -> None:
    token = token_of(links.mint(KEY, NOW))
    items = client.scan(TableName=table)["Items"]
    assert token not in json.dumps(items)
    assert links.find(items[0]["token_hash"]["S"], NOW) is None, "what the table holds opens nothing"
    assert int(items[0]["expires"]["N"]) == (NOW + LIFETIME).timestamp()


@pytest.mark.parametrize("token", ["", "x" * 43, "x" * 21, "x" * 100_000, "../" * 15, "é" * 43, "a" * 42 + "\n"])
def test_any_other_token_leads_nowhere(links: Links, token: str) -> None:
    links.mint(KEY, NOW)
    assert links.find(token, NOW) is None


def test_a_token_that_could_be_guessed_is_given_to_nobody(client: DynamoDBClient, table: str) -> None:
    links = Links(client, table, BASE, LIFETIME, tokens=lambda: "1234")
    with pytest.raises(ValueError, match="22"):
        links.mint(KEY, NOW)
    assert client.scan(TableName=table)["Items"] == []
