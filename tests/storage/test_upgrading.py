"""A collection moves from one model to another, side by side with itself."""

from __future__ import annotations

import multiprocessing
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import argus
from argus.core.errors import CollectionError, HeadRefused, ModelError, SigningError, UsageError
from argus.core.moving import wanted_faces
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID
from argus.storage.collecting import collect_garbage
from argus.storage.erasing import erase_person
from argus.storage.failpoints import EXIT_CODE
from argus.storage.folder import FolderStore
from argus.storage.heads import followed_heads, stored_heads
from argus.storage.open_store import open_store
from argus.storage.open_versions import open_versions
from argus.storage.signing import KeyFileSigner, make_key
from tests.made_up import enrolled
from tests.storage.moving import NOW, act, anew, carry, names, new, old, plain, repository, upgrade_of

FAILPOINTS = {
    "carry": ("upgrade.kept", "upgrade.written", "upgrade.issued", "upgrade.recorded", "upgrade.completed"),
    "finish": ("upgrade.switched", "upgrade.ended"),
    "abandon": ("upgrade.raised", "upgrade.ended"),
}


def models(place: str) -> dict[str, str]:
    return {one.key: one.head.statement.model_id for one in followed_heads(open_store(place))}


def test_both_are_used_side_by_side_and_then_the_new_one(place: str) -> None:
    store = open_store(place)
    old(store).update(lambda people: people.with_person(plain("ann", 3)).with_person(plain("bob")))
    with pytest.raises(ModelError, match="argus collection upgrade"):
        new(store).load()
    upgrade = upgrade_of(store)
    assert len(carry(upgrade)) == 5
    assert models(place) == {"head.json": PLAIN_MODEL_ID, f"heads/{MIRROR_MODEL_ID}.json": MIRROR_MODEL_ID}
    assert len(stored_heads(store)) == 3
    assert names(old(store)) == names(new(store)) == ["ann", "bob"]
    first = new(store).load()
    assert first.head.statement.sequence == 2
    for one in first.collection.people:
        assert all((face.vector == anew(face.face_id)).all() for face in one.faces)
    # Programs of each model change their own.
    new(store).update(lambda people: people.with_person(enrolled("eve")))
    assert (names(old(store)), names(new(store))) == (["ann", "bob"], ["ann", "bob", "eve"])
    statement = upgrade.finish()
    assert (models(place), len(stored_heads(store))) == ({"head.json": MIRROR_MODEL_ID}, 1)
    assert names(new(store)) == ["ann", "bob", "eve"]
    assert statement.sequence == 4
    with pytest.raises(ModelError):
        old(store).load()
    with pytest.raises(UsageError, match="already"):
        upgrade.beside()


def test_who_changes_in_the_old_one_follows(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    ann, bob = plain("ann", 3), plain("bob")
    old(store).update(lambda people: people.with_person(ann).with_person(bob))
    upgrade = upgrade_of(store)
    carry(upgrade)
    assert carry(upgrade) == []
    new(store).update(lambda people: people.with_person(enrolled("eve")))
    new(store).update(lambda people: people.without_face("ann", ann.face_ids[0]))
    renamed = replace(ann.person, name="Ann Lee")
    old(store).update(
        lambda people: (
            people.without_person("bob")
            .with_person(plain("cid"))
            .with_person(replace(ann, person=renamed))
            .with_strictness("ann", 0.25)
        )
    )
    with pytest.raises(UsageError, match="Ann Lee, Bob, Cid; run the upgrade again"):
        upgrade.finish()
    assert carry(upgrade) == [*plain("cid").face_ids]
    people = {one.person.id: one for one in new(store).load().collection.people}
    assert list(people) == ["ann", "cid", "eve"]
    # What only the new one knows is left: a face that was taken out there does not come back.
    assert (people["ann"].person.name, people["ann"].stricter_by) == ("Ann Lee", 0.25)
    assert people["ann"].face_ids == ann.face_ids[1:]
    upgrade.finish()
    assert names(new(store)) == ["ann", "cid", "eve"]


def test_what_is_lost_on_purpose_does_not_stop_the_end(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old(store).update(lambda people: people.with_person(plain("ann")).with_person(plain("bob")))
    upgrade = upgrade_of(store)
    beside = upgrade.beside()
    upgrade.complete(beside, {id_: anew(id_) for id_ in plain("ann").face_ids})
    assert names(new(store)) == ["ann"]
    upgrade.finish()
    assert names(new(store)) == ["ann"]


def test_a_change_in_the_moment_of_the_end_is_not_lost(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old(store).update(lambda people: people.with_person(plain("ann")))
    carry(upgrade_of(store))

    class Early(FolderStore):
        """Somebody writes beside the head after the end has read it, and before it replaces ``head.json``."""

        def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
            if key == "head.json" and "eve" not in names(new(store)):
                new(store).update(lambda people: people.with_person(enrolled("eve")))
            return super().replace(key, data, expected_tag=expected_tag)

    class Late(FolderStore):
        """The move ends after a writer has read the head beside ``head.json``, and before it is replaced."""

        def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
            if key.startswith("heads/"):
                upgrade_of(Early(tmp_path)).finish()
            return super().replace(key, data, expected_tag=expected_tag)

    new(Late(tmp_path)).update(lambda people: people.with_person(enrolled("bob")))
    assert names(new(store)) == ["ann", "bob", "eve"]
    assert [one.key for one in stored_heads(store)] == ["head.json"]


def test_a_writer_who_sees_the_end_only_afterwards_writes_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old(store).update(lambda people: people.with_person(plain("ann")))
    carry(upgrade_of(store))
    side = f"heads/{MIRROR_MODEL_ID}.json"

    class Late(FolderStore):
        """``head.json`` was replaced; the head beside it is there still when a writer replaces it."""

        def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
            beside = self.get(side)
            if key != side or beside is None:
                return super().replace(key, data, expected_tag=expected_tag)
            upgrade_of(store).finish()
            self.put(side, beside[0])
            return super().replace(key, data, expected_tag=expected_tag)

    new(Late(tmp_path)).update(lambda people: people.with_person(enrolled("bob")))
    store.delete(side)
    assert names(new(store)) == ["ann", "bob"]


def test_an_abandoned_move_leaves_the_old_one_and_numbers_go_on(place: str) -> None:
    store = open_store(place)
    old(store).update(lambda people: people.with_person(plain("ann")))
    upgrade = upgrade_of(store)
    carry(upgrade)
    for name in ("bob", "cid"):
        new(store).update(lambda people, name=name: people.with_person(enrolled(name)))  # type: ignore[misc]
    abandoned = new(store).load().head.statement.sequence
    version = old(store).load().version
    assert upgrade.abandon()
    assert (models(place), old(store).load().version) == ({"head.json": PLAIN_MODEL_ID}, version)
    assert not upgrade.abandon()
    carry(upgrade)
    assert new(store).load().head.statement.sequence > abandoned
    upgrade.finish()
    with pytest.raises(UsageError, match="cannot be taken back"):
        upgrade.abandon()


def test_garbage_of_either_model_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old(store).update(lambda people: people.with_person(plain("ann")).with_person(plain("bob")))
    upgrade = upgrade_of(store)
    beside = upgrade.beside()
    upgrade.keep([])
    carry(upgrade)
    collect_garbage(store, grace=timedelta(0), keep=0)
    assert names(old(store)) == names(new(store)) == ["ann", "bob"]
    assert carry(upgrade) == []
    upgrade.finish()
    collect_garbage(store, grace=timedelta(0))
    assert names(new(store)) == ["ann", "bob"]
    with pytest.raises(CollectionError, match="there is no version"):
        new(store).load_version(beside.old.version)


def test_who_is_erased_meanwhile_is_in_neither(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old(store).update(lambda people: people.with_person(plain("ann")).with_person(plain("bob")))
    upgrade = upgrade_of(store)
    carry(upgrade)
    old(store).update(lambda people: people.with_person(plain("bob", 3)))
    beside = upgrade.beside()
    upgrade.keep((one, anew(one.face_id)) for one in wanted_faces(beside.carried, beside.old.collection))
    assert len(stored_heads(store)) == 4
    erase_person(store, open_versions(str(tmp_path)), "bob", lambda: NOW)
    assert not any(b'"bob"' in path.read_bytes() for path in (tmp_path / "buckets").iterdir())
    assert names(old(store)) == names(new(store)) == ["ann"]
    upgrade.finish()
    assert names(new(store)) == ["ann"]


def test_nobody_goes_back_to_the_other_model(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    version = old(store).update(lambda people: people.with_person(plain("ann"))).version
    carry(upgrade_of(store))
    upgrade_of(store).finish()
    with pytest.raises(ModelError, match="the collection has moved to"):
        new(store).roll_back(version)


def test_signed_heads_are_built_upon_and_others_are_not(place: str, tmp_path: Path) -> None:
    for name in ("staff.key", "other.key"):
        make_key(tmp_path / name)
    key, other = KeyFileSigner(tmp_path / "staff.key"), KeyFileSigner(tmp_path / "other.key")
    store = open_store(place)
    repository(store, PLAIN_MODEL_ID, key).update(lambda people: people.with_person(plain("ann")))
    with pytest.raises(SigningError):
        carry(upgrade_of(store))
    with pytest.raises(HeadRefused, match="is trusted"):
        carry(upgrade_of(store, other))
    carry(upgrade_of(store, key))
    assert all(one.head.signatures for one in stored_heads(store))
    # Whoever can write to the place cannot have a face of theirs signed.
    new(open_store(f"{place}-planted")).update(lambda people: people.with_person(enrolled("eve")))
    found = open_store(f"{place}-planted").get("head.json")
    assert found is not None
    store.put(f"drafts/{MIRROR_MODEL_ID}.json", found[0])
    with pytest.raises(HeadRefused, match="not signed"):
        carry(upgrade_of(store, key))
    store.delete(f"drafts/{MIRROR_MODEL_ID}.json")
    upgrade_of(store, key).finish()
    assert new(store).load().head.signatures[0].key_id == key.verifier.key_id


def run(folder: Path, action: str, failpoint: str = "") -> int | None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.storage.moving"])
    process = context.Process(target=act, args=(folder, action, failpoint))
    process.start()
    process.join(60)
    return process.exitcode


@pytest.mark.parametrize(("action", "failpoint"), [(key, one) for key, found in FAILPOINTS.items() for one in found])
def test_the_power_fails_at(action: str, failpoint: str, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old(store).update(lambda people: people.with_person(plain("ann", 3)).with_person(plain("bob")))
    if action != "carry":
        carry(upgrade_of(store))
        new(store).update(lambda people: people.with_person(enrolled("eve")))
    assert run(tmp_path, action, failpoint) == EXIT_CODE
    finished = action == "finish"
    # Each model has all of its people, or its head not yet or not any more.
    for repo, always in ((old(store), not finished), (new(store), finished)):
        try:
            assert set(names(repo)) >= {"ann", "bob"}
        except ModelError:
            assert not always
    assert run(tmp_path, action) == 0
    end = {"carry": [PLAIN_MODEL_ID, MIRROR_MODEL_ID], "finish": [MIRROR_MODEL_ID], "abandon": [PLAIN_MODEL_ID]}
    assert [one.head.statement.model_id for one in followed_heads(store)] == end[action]
    assert names(old(store) if action == "abandon" else new(store)) == ["ann", "bob", *["eve"] * finished]


def test_the_list_of_failpoints_is_whole() -> None:
    source = (Path(argus.__file__).parent / "storage" / "upgrading.py").read_text(encoding="utf-8")
    listed = {one for found in FAILPOINTS.values() for one in found}
    assert set(re.findall(r'failpoint\("([^"]+)"\)', source)) == listed
