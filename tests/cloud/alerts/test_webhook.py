"""The webhook against a server over real HTTP, which checks signatures by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import ANY

import pytest

from argus.core.errors import UsageError
from cloud_lambdas.alerts import webhook as webhook_module
from cloud_lambdas.alerts.secret import KEPT_SECONDS, read_endpoint
from cloud_lambdas.alerts.signature import key_bytes, signature
from cloud_lambdas.alerts.webhook import ANSWER_SECONDS, REST_SECONDS, escaped
from tests.cloud.alerts.receiver import Posted, Receiver, receiver
from tests.cloud.alerts.world import KEY, MARIA, World, alert, errors, later, stranger
from tests.cloud.template.template import written

OTHER_KEY = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"


@pytest.fixture
def elsewhere() -> Iterator[Receiver]:
    """Another server."""
    with receiver() as other:
        yield other


def verified(one: Posted, key: str) -> bool:
    """Whether a request is from whoever has the key, as a receiver finds out by the specification."""
    raw = base64.b64decode(key.removeprefix("whsec_"))
    signed = ".".join([one.headers["webhook-id"], one.headers["webhook-timestamp"], one.body.decode()])
    expected = base64.b64encode(hmac.digest(raw, signed.encode(), hashlib.sha256)).decode()
    candidates = [each.split(",", 1) for each in one.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(value, expected) for version, value in candidates)


def test_the_specifications_own_example() -> None:
    key = key_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_post_is_slacks_and_signed(world: World) -> None:
    one = alert(person=replace(MARIA, name="Zoë <!channel> & Co", category=None))
    assert world.tell(one) == []
    [posted] = world.webhook.posted
    assert posted.path == "/services/T0/B0/secret-path"
    assert json.loads(posted.body) == {"text": "Zoë &lt;!channel&gt; &amp; Co was seen at Front door, 13:00"}
    assert posted.headers == {
        "host": ANY,
        "accept-encoding": "identity",
        "content-type": "application/json",
        "content-length": str(len(posted.body)),
        "user-agent": "argus",
        "webhook-id": one.event_id,
        "webhook-timestamp": str(int(world.clock.at.timestamp())),
        "webhook-signature": ANY,
    }
    assert verified(posted, KEY)
    assert not verified(posted, OTHER_KEY)
    assert not verified(replace(posted, body=posted.body + b" "), KEY)


def test_what_slack_gives_a_meaning_is_escaped() -> None:
    assert escaped("<@U1> & <http://x|y>") == "&lt;@U1&gt; &amp; &lt;http://x|y&gt;"


def test_a_second_attempt_has_the_same_id_and_a_time_of_its_own(world: World) -> None:
    one = alert()
    world.webhook.statuses = [500]
    assert world.tell(one) == ["0"]
    world.clock.wait(180)
    assert world.tell(one) == []
    first, second = world.webhook.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) == int(first.headers["webhook-timestamp"]) + 180
    assert verified(second, KEY)


def test_where_the_url_is_empty_nothing_is_posted(world: World) -> None:
    world.set_secret(url="", key=KEY)
    one = alert()
    assert world.tell(one) == []
    assert (world.posted(), world.state(one)) == ([], "done")


def test_what_is_refused_for_good_is_logged_and_settled(
    world: World, caplog: pytest.LogCaptureFixture, elsewhere: Receiver
) -> None:
    statuses = [400, 401, 403, 404, 410, 301, 307]
    world.webhook.statuses, world.webhook.location = list(statuses), elsewhere.url
    alerts = [stranger(camera=f"c{status}") for status in statuses]
    assert world.tell(*alerts, *alerts) == []
    assert (len(world.posted()), elsewhere.posted) == (len(statuses), [])
    assert {world.state(one) for one in alerts} == {"done"}
    assert [(one["status"], one["event_id"]) for one in errors(caplog)] == [
        (status, one.event_id) for status, one in zip(statuses, alerts, strict=True)
    ]


def test_what_may_be_taken_later_comes_again(world: World) -> None:
    statuses = [408, 425, 500, 502, 503, 429]
    world.webhook.statuses = list(statuses)
    alerts = [stranger(camera=f"c{status}") for status in statuses]
    assert world.tell(*alerts) == [str(number) for number in range(len(statuses))]
    world.clock.wait(180)
    assert world.tell(*alerts) == []
    assert (len(world.sent()), len(world.posted())) == (len(statuses), 2 * len(statuses))
    assert {world.state(one) for one in alerts} == {"done"}


def test_a_batch_that_the_webhook_answers_just_in_time_ends_in_time() -> None:
    function = written()["Resources"]["AlertsFunction"]["Properties"]
    batch_size = function["Events"]["Alerts"]["Properties"]["BatchSize"]
    assert batch_size * ANSWER_SECONDS <= function["Timeout"] - 5  # what else is to be done takes far less


def test_a_server_that_does_not_answer_takes_no_more_time_of_the_batch(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webhook_module, "ANSWER_SECONDS", 0.2)
    world.webhook.answers.clear()
    alerts = [alert(), stranger(), stranger(camera="yard")]
    assert world.tell(*alerts) == ["0", "1", "2"]
    assert (len(world.posted()), len(world.sent())) == (1, 3)
    assert "cannot be reached (ReadTimeoutError)" in errors(caplog)[0]["reason"]
    world.webhook.answers.set()
    assert world.tell(alerts[0]) == ["0"]
    world.clock.wait(REST_SECONDS)
    assert world.tell(*alerts) == []
    assert (len(world.posted()), world.sent()) == (4, [])


def test_a_server_that_is_not_there_is_tried_again(world: World) -> None:
    with receiver() as soon_gone:
        world.set_secret(url=soon_gone.url, key=KEY)
    one = alert()
    assert world.tell(one) == ["0"]
    world.set_secret(url=world.webhook.url, key=KEY)
    world.clock.wait(KEPT_SECONDS)
    assert world.tell(one) == []
    assert (len(world.sent()), len(world.posted())) == (1, 1)


def test_an_answer_without_end_is_not_read(world: World) -> None:
    world.webhook.tail = b"x" * 50_000_000
    assert world.tell(alert()) == []
    assert len(world.posted()) == 1


def test_a_changed_secret_is_noticed_after_a_while_and_at_once_where_the_old_one_is_refused(
    world: World, elsewhere: Receiver
) -> None:
    first, second, third = (stranger(camera=camera) for camera in ("a", "b", "c"))
    assert world.tell(first) == []
    world.set_secret(url=elsewhere.url, key=OTHER_KEY)
    assert world.tell(second) == []
    assert (len(world.webhook.posted), len(elsewhere.posted)) == (2, 0)
    world.webhook.status = 404
    assert world.tell(third) == []
    assert (len(world.webhook.posted), len(elsewhere.posted)) == (3, 1)
    assert verified(elsewhere.posted[0], OTHER_KEY)
    world.set_secret(url=elsewhere.url, key=KEY)
    world.clock.wait(KEPT_SECONDS)
    assert world.tell(later(third, seconds=400)) == []
    assert verified(elsewhere.posted[1], KEY)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("", "must be JSON"),
        ("[]", "must be JSON"),
        ('{"url": "https://example.org"}', "must be JSON"),
        ('{"url": 1, "key": "x"}', "must be texts"),
        (json.dumps({"url": "http://example.org/x", "key": KEY}), "https://"),
        (json.dumps({"url": "ftp://example.org/x", "key": KEY}), "https://"),
        (json.dumps({"url": "https://", "key": KEY}), "https://"),
        (json.dumps({"url": "https://example.org:x/", "key": KEY}), "https://"),
        (json.dumps({"url": "https://[::1/", "key": KEY}), "https://"),
        (json.dumps({"url": "https://example.org/\r\nx: y", "key": KEY}), "https://"),
        (json.dumps({"url": "http://127.0.0.1.example.org/", "key": KEY}), "https://"),
        (json.dumps({"url": "https://example.org", "key": ""}), "24 to 64"),
        (json.dumps({"url": "https://example.org", "key": "whsec_AAAA"}), "24 to 64"),
        (json.dumps({"url": "https://example.org", "key": "?" * 40}), "base64"),
    ],
)
def test_a_secret_that_cannot_be_used_says_why_and_nothing_of_it(content: str, match: str) -> None:
    with pytest.raises(UsageError, match=match) as refused:
        read_endpoint(content)
    assert KEY not in str(refused.value)
    assert "example" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "url", ["https://hooks.example/x", "http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost/"]
)
def test_where_it_may_be(url: str) -> None:
    endpoint = read_endpoint(json.dumps({"url": url, "key": OTHER_KEY}))
    assert endpoint is not None
    assert (endpoint.url, endpoint.key) == (url, bytes(range(32)))
    assert url not in repr(endpoint)


def test_with_a_wrong_secret_posts_wait_until_it_is_mended(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.set_secret(url="http://example.org/", key=KEY)
    one = alert()
    assert world.tell(one) == ["0"]
    assert "https://" in errors(caplog)[0]["reason"]
    world.set_secret(url=world.webhook.url, key=KEY)
    assert world.tell(one) == []
    assert (len(world.sent()), len(world.posted())) == (1, 1)


def test_posts_beside_each_other(world: World) -> None:
    """One function's handler is called by several threads on a laptop."""
    handle = world.handle
    alerts = [stranger(camera=f"c{number}") for number in range(4)]
    threads = [threading.Thread(target=lambda one=one: world.tell(one)) for one in alerts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.handle is handle
    assert {one.headers["webhook-id"] for one in world.webhook.posted} == {one.event_id for one in alerts}
    assert all(verified(one, KEY) for one in world.webhook.posted)
