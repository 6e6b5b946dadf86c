"""``argus cloud redrive`` over the local cloud."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from argus.cli.main import main
from cloud_lambdas.console.letters import QUEUES, held
from cloud_lambdas.console.stack import find_stack
from cloud_lambdas.local.compose import LocalCloud
from cloud_lambdas.shared.dead_letters import REASON, THING, WHOLE
from cloud_lambdas.sightings.table import SightingsTable
from tests.cloud.console.conftest import Ask, Tell
from tests.cloud.sightings.world import golden, message_of
from tests.waiting import until

Letter = Callable[..., None]


@pytest.fixture
def letter(cloud: LocalCloud) -> Iterator[Letter]:
    """Puts a message into a dead-letter queue; before and after, nothing is in any."""
    sqs = cloud.client("sqs")

    def put(body: str, reason: str, queue: str = "VisitsDeadQueue", **said: str) -> None:
        sqs.send_message(
            QueueUrl=cloud.outputs[queue],
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": text} for name, text in {REASON: reason, **said}.items()
            },
        )

    def empty() -> None:
        for url in (cloud.outputs[queue] for queue in QUEUES.values()):
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    empty()
    yield put
    empty()


def event(**changes: Any) -> Any:
    return replace(golden("match"), event_id=str(uuid.uuid4()), **changes)


def test_a_letter_that_is_moved_back_is_handled(cloud: LocalCloud, ask: Ask, letter: Letter) -> None:
    seen = event()
    letter(message_of(seen), "the table was away", **{THING: "front-door", WHOLE: "yes"})
    code, (told, done) = ask("redrive", "visits")
    assert (code, done) == (0, {"kind": "redrive", "moved": 1, "stayed": 0})
    assert told.pop("message_id")
    assert abs(datetime.fromisoformat(told.pop("sent_at")) - datetime.now(timezone.utc)).total_seconds() < 600
    assert told == {
        "kind": "letter",
        "queue": "visits",
        "thing": "front-door",
        "reason": "the table was away",
        "whole": True,
        "moved": True,
    }
    table = SightingsTable(cloud.client("dynamodb"), cloud.outputs["SightingsTable"])
    assert until(lambda: table.find(seen.event_id, datetime.now(timezone.utc)))
    assert ask("redrive", "visits") == (0, [{"kind": "redrive", "moved": 0, "stayed": 0}])


def test_a_dry_run_shows_and_leaves_everything(tell: Tell, letter: Letter) -> None:
    letter(message_of(event()), "the table was away", **{THING: "front-door"})
    letter("[]", "it is no photo", "PhotosDeadQueue")
    code, text = tell("redrive", "all", "--dry-run")
    assert code == 0
    lines = text.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["stays", "photos"], ["stays", "visits"]]
    assert " front-door: the table was away (" in lines[1]
    assert lines[2:] == ["2 messages; nothing was moved."]
    assert "Ada" not in text
    assert tell("redrive", "all", "--dry-run")[1] == text


def test_what_a_device_sent_is_shown_on_request(tell: Tell, letter: Letter) -> None:
    seen = event()
    letter(message_of(seen), "the table was away")
    _, text = tell("redrive", "visits", "--dry-run", "--show")
    assert f"\n      argus/v1/match/{seen.device.thing}/{seen.camera}\n" in text
    assert f'"event_id":"{seen.event_id}"' in text


def test_only_those_with_the_reason_go(ask: Ask, letter: Letter) -> None:
    letter(message_of(event()), "The table was away")
    letter("{}", "the event is not JSON")
    code, told = ask("redrive", "visits", "--reason", "table")
    assert (code, told[-1]["moved"]) == (0, 1)
    _, told = ask("redrive", "visits", "--dry-run")
    assert [one.get("reason") for one in told] == ["the event is not JSON", None]


def test_a_letter_that_was_cut_stays_and_is_told(ask: Ask, letter: Letter) -> None:
    letter("{", "it is too large", **{WHOLE: "no"})
    code, (told, done) = ask("redrive", "visits")
    assert (code, told["whole"], told["moved"]) == (1, False, False)
    assert done == {"kind": "redrive", "moved": 0, "stayed": 1}


def test_who_is_interrupted_leaves_the_letters(cloud: LocalCloud, ask: Ask, letter: Letter) -> None:
    letter("{}", "the table was away")
    with pytest.raises(KeyboardInterrupt), held(find_stack(), "visits") as here:
        assert [one.reason for one in here.letters] == ["the table was away"]
        raise KeyboardInterrupt
    assert [one.get("reason") for one in ask("redrive", "visits", "--dry-run")[1]] == ["the table was away", None]


def test_a_queue_that_is_not_there(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cloud", "redrive", "letters", "--dry-run"]) == 2
    assert capsys.readouterr().err == (
        f"argus: no dead letters are called 'letters': name {', '.join(QUEUES)}, or all\n"
    )


def test_the_help_names_every_queue(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cloud", "redrive", "--help"])
    assert f"{', '.join(QUEUES)}, or all\n" in capsys.readouterr().out


def test_a_stack_that_is_not_there(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cloud", "redrive", "visits", "--stack", "other"]) == 2
    assert capsys.readouterr().err == (
        "argus: there is no stack other in eu-central-1: name one with --stack (argus), or another region\n"
    )
