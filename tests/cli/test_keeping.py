"""``argus collection create | describe | verify | diff | export | import | gc``, in a folder and in S3."""

from __future__ import annotations

import json
import pickle
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from argus.cli.main import main
from argus.core.collection import Collection
from argus.core.confirmation import Confirmation
from argus.core.types import PLAIN_MODEL_ID
from argus.storage.confirmations import write_confirmation
from argus.storage.open_store import open_collection, open_store
from argus.storage.repository import CollectionRepository
from tests.made_up import enrolled, face, vector


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "staff")
    return f"s3://{request.getfixturevalue('bucket')}/staff"


def repository(place: str) -> CollectionRepository:
    return open_collection(place, lambda: datetime.now(timezone.utc))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["collection", *arguments])
    return code, capsys.readouterr().out


def test_a_new_one_is_created_once(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, "create", "--collection", place, "--json")
    described = json.loads(output)
    assert (code, described["collection_id"], described["sequence"], described["people"]) == (0, "staff", 1, 0)
    assert run(capsys, "describe", "--collection", place, "--json") == (0, output)
    assert main(["collection", "create", "--collection", place]) == 2
    assert "there is a collection already" in capsys.readouterr().err


def test_it_is_called_as_one_likes(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, "create", "--collection", place, "--id", "visitors")
    assert (code, output.splitlines()[0]) == (0, "collection id  visitors")
    with pytest.raises(SystemExit):
        main(["collection", "create", "--collection", place, "--id", "a/b"])


def test_every_fault_is_found(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    repository(place).update(lambda _: Collection.of([enrolled("ann"), enrolled("bob"), enrolled("eve")]))
    code, output = run(capsys, "verify", "--collection", place)
    assert (code, output.endswith("is whole: 3 people, 6 faces\n")) == (0, True)
    store = open_store(place)
    altered, missing, _ = store.keys("buckets/")
    store.put(altered, b"x")
    store.delete(missing)
    code, output = run(capsys, "verify", "--collection", place, "--json")
    found = json.loads(output)
    assert (code, found["whole"], len(found["faults"])) == (1, False, 2)
    assert {"altered" in fault for fault in found["faults"]} == {True, False}
    store.put("head.json", b"{}")
    assert run(capsys, "verify", "--collection", place)[0] == 1


def test_who_is_different(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = str(tmp_path / "other")
    ann, bob, eve = enrolled("ann"), enrolled("bob"), enrolled("eve")
    repository(other).update(lambda _: Collection.of([ann, bob]))
    repository(place).update(lambda _: Collection.of([replace(ann, person=replace(ann.person, name="Ann Lee")), eve]))
    repository(place).update(lambda old: old.with_faces(old.people[0].person, [face("another")]))
    assert run(capsys, "diff", other, place) == (
        0,
        "changed Ann Lee (ann): was called Ann, 1 face added\nremoved Bob (bob)\nadded Eve (eve)\n",
    )
    assert run(capsys, "diff", place, place) == (0, "no difference\n")


def test_who_is_different_in_two_versions(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = repository(place).update(lambda _: Collection.of([enrolled("ann")])).version
    second = repository(place).update(lambda old: old.with_person(enrolled("bob"))).version
    assert run(capsys, "diff", f"{place}@{first[:12]}", place) == (0, "added Bob (bob)\n")
    assert run(capsys, "diff", f"{place}@{second}", f"{place}@{first}", "--json") == (
        0,
        '{"change": "removed", "person": {"id": "bob", "name": "Bob"}, "details": []}\n',
    )
    assert main(["collection", "diff", f"{place}@{'0' * 12}", place]) == 2
    assert "there is no version" in capsys.readouterr().err


def test_what_no_version_needs_is_cleared_away(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("One", "Two", "Three"):
        repository(place).update(lambda _, name=name: Collection.of([enrolled("ann", name=name)]))  # type: ignore[misc]
    code, output = run(capsys, "gc", "--collection", place, "--keep", "1")
    assert (code, "2 more are not needed" in output) == (0, True)
    code, output = run(capsys, "gc", "--collection", place, "--keep", "1", "--grace", "0", "--json")
    assert (code, len(json.loads(output)["deleted"]), json.loads(output)["kept"]) == (0, 2, 4)
    assert run(capsys, "verify", "--collection", place)[0] == 0


def test_it_is_carried_in_a_file(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository(place).update(lambda _: Collection.of([enrolled("ann"), enrolled("bob")]))
    repository(place).update(lambda old: old.without_person("bob"))
    file, copy = tmp_path / "staff.zip", str(tmp_path / "copy")
    assert run(capsys, "export", "--collection", place, str(file))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert main(["collection", "export", "--collection", place, str(file)]) == 2
    assert run(capsys, "import", "--collection", copy, str(file))[0] == 0
    assert open_store(copy).get("head.json") is not None
    assert run(capsys, "describe", "--collection", copy) == run(capsys, "describe", "--collection", place)
    assert len(open_store(copy).keys("")) == 3
    assert main(["collection", "import", "--collection", copy, str(file)]) == 2
    assert "--merge adds people" in capsys.readouterr().err


def test_it_is_copied_from_place_to_place(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(tmp_path / "source")
    repository(source).update(lambda _: Collection.of([enrolled("ann"), enrolled("bob")]))
    assert run(capsys, "import", "--collection", place, source)[0] == 0
    assert repository(place).load().collection == repository(source).load().collection


def test_people_are_added_to_those_there(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = str(tmp_path / "source")
    repository(source).update(lambda _: Collection.of([enrolled("ann", 3), enrolled("eve")]))
    repository(place).update(lambda _: Collection.of([enrolled("ann", 1), enrolled("bob")]))
    assert run(capsys, "import", "--collection", place, source, "--merge")[0] == 0
    people = repository(place).load().collection.people
    assert [(one.person.id, len(one.faces)) for one in people] == [("ann", 3), ("bob", 2), ("eve", 2)]
    repository(source).update(lambda _: Collection.of([enrolled("ann", name="Another Ann")]))
    assert main(["collection", "import", "--collection", place, source, "--merge"]) == 2
    assert "rename one of both" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", ".hidden"])
def test_a_hostile_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    file = tmp_path / "hostile.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, b"x")
    assert main(["collection", "import", "--collection", str(tmp_path / "new"), str(file)]) == 2
    assert "no whole export" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["hostile.zip"]


def test_a_compressed_or_broken_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("head.json", b"x" * 100000)
    assert main(["collection", "import", "--collection", str(tmp_path / "new"), str(file)]) == 2
    file.write_bytes(b"no zip")
    assert main(["collection", "import", "--collection", str(tmp_path / "new"), str(file)]) == 2
    assert capsys.readouterr().err.count("no whole export") == 2


def test_an_altered_export_is_not_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "altered.zip"
    source = str(tmp_path / "source")
    repository(source).update(lambda _: Collection.of([enrolled("ann")]))
    with zipfile.ZipFile(file, "w") as archive:
        for key in open_store(source).keys(""):
            data = (open_store(source).get(key) or (b"",))[0]
            archive.writestr(key, data[:-1] + b"x" if key.startswith("buckets/") else data)
    assert main(["collection", "import", "--collection", str(tmp_path / "new"), str(file)]) == 2
    assert "was altered" in capsys.readouterr().err
    assert not (tmp_path / "new" / "head.json").exists()


def test_pickled_encodings_go_to_a_collection_of_their_model_alone(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "encodings.pkl"
    file.write_bytes(pickle.dumps({"Zoë": [vector("1").astype(float), vector("2")], "Bob": vector("3")}))
    importing = ["collection", "import", "--collection", place, str(file)]
    for _ in range(2):
        assert main(importing) == 2
        assert "enrol them from their photos with `argus enrol`" in capsys.readouterr().err
        repository(place).update(lambda old: old.with_person(enrolled("ann")))
    open_store(place).delete("head.json")
    plain = CollectionRepository(open_store(place), "old", lambda: datetime.now(timezone.utc), PLAIN_MODEL_ID)
    plain.create()
    assert main([*importing, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model_id"] == PLAIN_MODEL_ID
    people = plain.load().collection.people
    assert [(one.person.id, one.person.name, len(one.faces)) for one in people] == [
        ("bob", "Bob", 1),
        ("zoë", "Zoë", 2),
    ]


def test_which_devices_use_it_is_described(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    now, store = datetime.now(timezone.utc), open_store(place)
    old = repository(place).update(lambda _: Collection.of([enrolled("ann")]))
    new = repository(place).update(lambda people: people.with_person(enrolled("bob")))
    for thing, snapshot, ago in (("hall-1", new, timedelta(minutes=3)), ("hall-2", old, timedelta(days=2))):
        statement = snapshot.head.statement
        said = (statement.collection_id, statement.sequence, snapshot.version, statement.model_id, now - ago)
        write_confirmation(store, Confirmation(thing, *said))
    store.put("devices/hall-3.json", b"{}")
    code, output = run(capsys, "describe", "--collection", place)
    assert (code, [line.removeprefix("device ").strip() for line in output.splitlines() if "hall" in line]) == (
        0,
        [
            "hall-3: what it confirmed cannot be read, or is of another collection",
            f"hall-2: number 1, version {old.version[:12]}, confirmed 2 days ago",
            "hall-1: number 2, this version, confirmed 3 minutes ago",
        ],
    )
    _, output = run(capsys, "describe", "--collection", place, "--json")
    devices = json.loads(output)["devices"]
    assert [(one["thing"], one.get("sequence"), one.get("current")) for one in devices] == [
        ("hall-1", 2, True),
        ("hall-2", 1, False),
        ("hall-3", None, None),
    ]
