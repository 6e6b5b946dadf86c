"""``argus cloud sightings`` and ``argus cloud correct`` over the local cloud."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from argus.cli.main import main
from argus.core.events import VisitEvent
from argus.core.ids import time_ordered_id
from cloud_lambdas.local.compose import LocalCloud
from cloud_lambdas.shared.person import PersonRecord
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.table import SightingsTable
from tests.cloud.console.conftest import Ask, Tell
from tests.cloud.sightings.world import golden

Seen = Callable[..., str]

NOW = datetime.now(timezone.utc)
ZOE = PersonRecord("zoe", "known", name="Zoë", category="staff", phone="+49 30 1")


@pytest.fixture
def seen(cloud: LocalCloud) -> Seen:
    """Stores a sighting, and says its event's id."""
    table = SightingsTable(cloud.client("dynamodb"), cloud.outputs["SightingsTable"])

    def store(
        kind: str = "match", person: PersonRecord | None = ZOE, at: datetime = NOW, kept: timedelta = timedelta(days=9)
    ) -> str:
        event: VisitEvent = replace(golden(kind), event_id=str(uuid.uuid4()), visit_id=str(uuid.uuid4()))
        cursor = time_ordered_id(at, uuid.uuid4().bytes[:10])
        table.add(Sighting(event, person, at, cursor, f"{at:%Y-%m-%d}", at + kept, "none"))
        return event.event_id

    return store


@pytest.fixture
def ada(cloud: LocalCloud) -> str:
    cloud.client("dynamodb").put_item(
        TableName=cloud.outputs["PeopleTable"],
        Item={"person_id": {"S": "ada"}, "name": {"S": "Ada Lovelace"}, "category": {"S": "visitor"}},
    )
    return "ada"


def test_those_of_a_day_come_newest_first(seen: Seen, ask: Ask) -> None:
    day = datetime(2031, 5, 1, 9, tzinfo=timezone.utc)
    first, second = seen(at=day), seen("unknown", None, day + timedelta(hours=1))
    seen(at=day + timedelta(days=1))
    seen(at=day, kept=timedelta(days=-9999))  # expired, and not deleted yet
    code, told = ask("sightings", "--day", "2031-05-01")
    assert (code, [one["event_id"] for one in told]) == (0, [second, first])
    assert (told[0]["event"], told[0]["meant"]) == ("unknown", None)
    assert told[1]["person"] == {"id": "zoe", "name": "Zoë", "category": "staff"}
    assert "+49" not in str(told)
    assert [one["event_id"] for one in ask("sightings", "--day", "2031-05-01", "--limit", "1")[1]] == [second]


def test_those_of_a_person_follow_corrections(seen: Seen, ask: Ask) -> None:
    somebody = PersonRecord(f"p-{uuid.uuid4().hex}", "known", name="Somebody")
    older, newer = seen(person=somebody, at=NOW - timedelta(hours=2)), seen(person=somebody)
    assert [one["event_id"] for one in ask("sightings", "--person", somebody.id)[1]] == [newer, older]
    assert ask("correct", newer)[0] == 0
    assert [one["event_id"] for one in ask("sightings", "--person", somebody.id)[1]] == [older]


def test_a_person_is_meant_by_the_name_as_well(seen: Seen, ada: str, ask: Ask) -> None:
    event_id = seen()
    assert ask("correct", event_id, "--person", "Ada Lovelace")[1][0]["meant"]["id"] == ada
    for reference in (ada, "Ada Lovelace"):
        assert event_id in [one["event_id"] for one in ask("sightings", "--person", reference)[1]]


def test_without_an_option_the_last_days_are_shown(seen: Seen, ask: Ask) -> None:
    yesterday, long_ago = seen(at=NOW - timedelta(days=1)), seen(at=NOW - timedelta(days=8))
    found = [one["event_id"] for one in ask("sightings", "--limit", "10000")[1]]
    assert yesterday in found
    assert long_ago not in found


def test_as_text(seen: Seen, ada: str, tell: Tell) -> None:
    day = datetime(2031, 6, 1, 9, tzinfo=timezone.utc)
    event_id, where = seen(at=day), f"{golden('match').device.thing}/{golden('match').camera}"
    assert f" match   {where}: Zoë (zoe)\n" in tell("sightings", "--day", "2031-06-01")[1]
    code, text = tell("correct", event_id, "--person", ada)
    assert (code, text) == (0, f"{event_id}: was Zoë (zoe), is now Ada Lovelace (ada)\n")
    text = tell("sightings", "--day", "2031-06-01")[1]
    assert text.endswith(f" {where}: Ada Lovelace (ada), which the device took for Zoë (zoe)\n")
    assert tell("sightings", "--day", "2031-06-02") == (0, "There are none.\n")


def test_a_correction_says_what_it_was_and_is_made_once(seen: Seen, ask: Ask) -> None:
    event_id = seen()
    code, (told,) = ask("correct", event_id, "--stranger")
    assert (code, told["was"]["id"], told["meant"], told["changed"]) == (0, "zoe", None, True)
    assert told["person"]["id"] == "zoe"
    (correction,) = told["corrections"]
    assert correction["action"] == "not_them"
    assert correction["by"]
    _, (again,) = ask("correct", event_id)
    assert (again["was"], again["changed"], again["corrections"]) == (None, False, [correction])
    _, (undone,) = ask("correct", event_id, "--undo")
    assert (undone["meant"]["id"], undone["changed"], len(undone["corrections"])) == ("zoe", True, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["correct", "nothing"], "there is no sighting 'nothing': `argus cloud sightings` lists them"),
        (["correct", "EVENT", "--person", "nobody"], "nobody has the id or the name 'nobody'"),
        (["sightings", "--person", "nobody"], "nobody has the id or the name 'nobody'"),
        (["correct", "EVENT", "--undo"], "nothing has been corrected of the sighting"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    seen: Seen, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    event_id = seen()
    assert main(["cloud", *(event_id if one == "EVENT" else one for one in arguments)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"argus: {said}")


def test_a_day_that_is_none(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cloud", "sightings", "--day", "May"])
    assert "a day is written YYYY-MM-DD, not 'May'" in capsys.readouterr().err
