"""From a link to its picture, and to the page that says why there is none."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from cloud_lambdas.pictures.bucket import ADDRESS_SECONDS, SnapshotsBucket
from cloud_lambdas.pictures.handler import MOST_CHARACTERS, create
from cloud_lambdas.pictures.pages import Response
from cloud_lambdas.pictures.service import PATIENCE
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from tests.cloud.pictures.conftest import KEY, LIFETIME, World

PICTURE = b"\xff\xd8 a face \xff\xd9"


def says(response: Response, status: int, heading: str) -> bool:
    return response["statusCode"] == status and f"<h1>{heading}</h1>" in response["body"]


def no_link(response: Response) -> bool:
    return says(response, 404, "This link leads nowhere")


def not_yet(response: Response) -> bool:
    return says(response, 404, "The picture is not here yet") and "Try again</button>" in response["body"]


def gone(response: Response) -> bool:
    return says(response, 410, "The picture is gone") and "<button" not in response["body"]


def test_the_button_leads_to_the_picture(world: World) -> None:
    token = world.mint()
    world.put(PICTURE)
    page = world.ask("GET", token)
    assert page["statusCode"] == 200
    assert '<form method="post"><button>' in page["body"]
    answer = world.ask("POST", token, "")
    assert answer["statusCode"] == 303
    assert answer["headers"]["Cache-Control"] == "no-store"
    with urllib.request.urlopen(answer["headers"]["Location"]) as picture:
        assert picture.read() == PICTURE
        assert picture.headers["Content-Type"] == "image/jpeg", "whatever the device said that it is"
        assert picture.headers["Cache-Control"] == "no-store"


def test_a_link_can_be_used_again_as_long_as_it_lives(world: World) -> None:
    token = world.mint()
    world.put(PICTURE)
    for seconds in (0, 3600, LIFETIME.total_seconds() - 3601):
        world.clock.at += timedelta(seconds=seconds)
        assert world.ask("GET", token)["statusCode"] == 200
        assert world.ask("POST", token)["statusCode"] == 303
    world.clock.at += timedelta(seconds=1)
    assert no_link(world.ask("GET", token))
    assert no_link(world.ask("POST", token))


def test_looking_says_nothing_of_the_picture_and_makes_nothing(world: World) -> None:
    """Mail programs do it before anybody has clicked."""
    first, second = world.mint(), world.mint("snapshots/hall-1/never.jpg")
    before = world.ask("GET", first)
    world.put(PICTURE)
    assert world.ask("GET", first) == before == world.ask("GET", second)
    assert "Location" not in before["headers"]
    assert "X-Amz-" not in str(before)
    assert "hall-1" not in str(before)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_whoever_has_no_link_learns_only_that(world: World, method: str) -> None:
    expired = world.mint()
    world.put(PICTURE)
    world.clock.at += LIFETIME
    living = world.mint()
    elsewhere = world.mint("people/maria/1.jpg")
    answers = [
        world.ask(method, token)
        for token in (expired, living[:-1], living + "x", living.swapcase(), elsewhere, "", "x" * 9_000, "../../etc")
    ]
    assert answers[0]["statusCode"] == 404
    assert all(answer == answers[0] for answer in answers)
    assert world.bucket not in str(answers[0])


def test_a_head_request_is_a_look_without_the_page(world: World) -> None:
    token = world.mint()
    page = world.ask("GET", token)
    assert world.ask("HEAD", token) == {**page, "body": ""}


def test_what_nobody_sends_with_the_button_is_not_taken(world: World) -> None:
    token = world.mint()
    world.put(PICTURE)
    assert world.ask("POST", token, "x" * MOST_CHARACTERS)["statusCode"] == 303
    assert world.ask("POST", token, "x" * (MOST_CHARACTERS + 1))["statusCode"] == 413


def test_a_picture_that_comes_after_its_alert(world: World) -> None:
    token = world.mint()
    assert not_yet(world.ask("POST", token))
    world.clock.at += timedelta(hours=3)
    assert not_yet(world.ask("POST", token))
    world.put(PICTURE)
    assert world.ask("POST", token)["statusCode"] == 303


def test_a_picture_that_was_kept_for_its_time(world: World) -> None:
    token = world.mint()
    world.put(PICTURE)
    world.clock.at += PATIENCE
    assert world.ask("POST", token)["statusCode"] == 303
    world.clients.s3.delete_object(Bucket=world.bucket, Key=KEY)
    assert gone(world.ask("POST", token))


def test_a_picture_that_was_erased_is_gone_at_once_and_does_not_come_back(world: World) -> None:
    token, other = world.mint(), world.mint("snapshots/hall-1/other.jpg")
    world.put(PICTURE)
    world.erased.add(KEY, world.clock.now())
    assert gone(world.ask("POST", token)), "also while it is still there"
    world.clients.s3.delete_object(Bucket=world.bucket, Key=KEY)
    assert gone(world.ask("POST", token))
    world.put(PICTURE)
    assert gone(world.ask("POST", token)), "a device had it still, and sent it late"
    assert gone(world.ask("POST", world.mint()))
    assert not_yet(world.ask("POST", other))


def test_a_link_to_an_erased_picture_forgets_its_name_and_says_that_it_is_gone(world: World) -> None:
    token, other = world.mint(), world.mint("snapshots/hall-1/other.jpg")
    again = world.mint()
    world.erased.add(KEY, world.clock.now())
    assert world.erased.unlink({KEY}) == 2
    assert world.erased.unlink({KEY}) == 0
    assert KEY not in str(world.items())
    assert len(world.items()) == 4, "none was removed, none was made"
    for link in (token, again):
        assert world.ask("GET", link)["statusCode"] == 200
        assert gone(world.ask("POST", link))
    assert not_yet(world.ask("POST", other))
    world.clock.at += LIFETIME
    assert no_link(world.ask("POST", token))


def test_of_an_erased_picture_nothing_is_kept_but_a_hash_for_a_while(world: World) -> None:
    world.erased.add(KEY, world.clock.now())
    (item,) = world.items()
    assert set(item) == {"token_hash", "expires"}
    assert KEY not in str(item)
    a_year = (world.clock.now() + timedelta(days=365)).timestamp()
    assert int(item["expires"]["N"]) > a_year, "a device may keep a picture for so long before it sends it"


def test_where_aws_does_not_answer_the_page_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = world.mint()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    lost = World(Clients(), world.table, world.bucket, world.clock)
    assert lost.ask("GET", token)["statusCode"] == 200
    answer = lost.ask("POST", token)
    assert says(answer, 503, "That did not work just now")
    assert answer["headers"]["Retry-After"]
    missing = World(world.clients, "no-such-table", world.bucket, world.clock)
    answer = missing.ask("GET", token)
    assert says(answer, 503, "That did not work just now")
    assert world.bucket not in str(answer), "nobody knows whether this is a link"
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_no_token_is_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    token = world.mint()
    world.ask("GET", token)
    world.ask("POST", token)
    world.put(PICTURE)
    address = world.ask("POST", token)["headers"]["Location"]
    world.ask("POST", "x" * 43)
    told = str([vars(record) for record in caplog.records])
    hashes = [item["token_hash"]["S"] for item in world.items()]
    assert [record.message for record in caplog.records] == [
        "picture not opened",
        "picture opened",
        "picture not opened",
    ]
    assert KEY in told
    for secret in (token, "x" * 43, address, parse_qs(urlsplit(address).query)["X-Amz-Signature"][0], *hashes):
        assert secret not in told


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "eu-west-1"])
def test_addresses_are_of_the_regions_own_endpoint_and_good_for_a_short_time(
    aws: str, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    """What leads elsewhere would be sent on, and its signature refused; older signatures are refused everywhere."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    bucket = SnapshotsBucket(Clients().s3, "argus-snapshots")
    address = urlsplit(bucket.address(KEY))
    assert f"{address.scheme}://{address.netloc}" == bucket.origin
    assert bucket.origin == f"https://argus-snapshots.s3.{region}.amazonaws.com"
    assert address.path == f"/{KEY}"
    query = parse_qs(address.query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == [str(ADDRESS_SECONDS)]
    assert 60 <= ADDRESS_SECONDS <= 300
    assert query["response-content-type"] == ["image/jpeg"]
    assert query["response-cache-control"] == ["no-store"]


def test_it_starts_without_what_recognises(aws: str) -> None:
    """Somebody waits for it, and numpy would be a third of its start."""
    program = "import sys; import cloud_lambdas.pictures.handler; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_it_says_what_its_environment_lacks(aws: str) -> None:
    with pytest.raises(Exception, match=names.SNAPSHOTS_BUCKET):
        create({names.LINKS_TABLE: "links"}, Clients())
