"""Which head of a place a program of one model uses, and what it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.core.errors import CollectionDamaged
from argus.core.ports import Unchanged
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID
from argus.storage.folder import FolderStore
from argus.storage.heads import HeadAt, OwnHead, side_key, stored_heads
from argus.storage.reading import HEAD_KEY
from tests.made_up import enrolled
from tests.storage.moving import carry, new, old, plain, upgrade_of

SIDE = side_key(MIRROR_MODEL_ID)


class Asked(FolderStore):
    """A folder that notes what it is asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked: list[str] = []

    def get(self, key: str) -> tuple[bytes, str] | None:
        self.asked.append(key)
        return super().get(key)


@pytest.fixture
def store(tmp_path: Path) -> Asked:
    """A collection of the plain model, and the same people beside it."""
    found = Asked(tmp_path)
    old(found).update(lambda people: people.with_person(plain("ann")))
    carry(upgrade_of(found))
    return found


def tag_of(head: OwnHead) -> str:
    found = head.get(HEAD_KEY)
    assert found is not None
    return found[1]


def test_nothing_more_is_asked_for_where_the_models_are_one(store: Asked) -> None:
    head = OwnHead(store, PLAIN_MODEL_ID)
    store.asked.clear()
    assert head.get_unless(HEAD_KEY, tag_of(head)) == Unchanged()
    assert store.asked == [HEAD_KEY, HEAD_KEY]


def test_beside_another_model_a_change_of_either_is_seen(store: Asked) -> None:
    head = OwnHead(store, MIRROR_MODEL_ID)
    tag = tag_of(head)
    assert store.get(SIDE) == head.get(HEAD_KEY)
    assert head.get_unless(HEAD_KEY, tag) == Unchanged()
    # What happens to the other model concerns nobody.
    old(store).update(lambda people: people.with_person(plain("bob")))
    assert head.get_unless(HEAD_KEY, tag) == Unchanged()
    assert head.get_unless(HEAD_KEY, tag) == Unchanged()
    new(store).update(lambda people: people.with_person(enrolled("eve")))
    changed = head.get_unless(HEAD_KEY, tag)
    assert changed == store.get(SIDE)
    upgrade_of(store).finish(force=True)
    assert head.get_unless(HEAD_KEY, tag_of(OwnHead(store, PLAIN_MODEL_ID))) == Unchanged()
    assert head.get(HEAD_KEY) == store.get(HEAD_KEY)


def test_when_the_head_beside_goes_the_other_one_is_shown_again(store: Asked) -> None:
    head = OwnHead(store, MIRROR_MODEL_ID)
    tag = tag_of(head)
    store.delete(SIDE)
    assert head.get_unless(HEAD_KEY, tag) == store.get(HEAD_KEY)


def test_another_key_stands_for_the_head(store: Asked) -> None:
    beside = HeadAt(store, SIDE)
    assert beside.get(HEAD_KEY) == store.get(SIDE) != store.get(HEAD_KEY)
    beside.put(HEAD_KEY, b"x")
    assert beside.get_unless(HEAD_KEY, "") == store.get(SIDE)
    with pytest.raises(CollectionDamaged):
        stored_heads(store)
    beside.delete(HEAD_KEY)
    assert [one.key for one in stored_heads(store)] == [HEAD_KEY, f"carried/{MIRROR_MODEL_ID}.json"]
