"""Enrolment with real pictures and networks."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.collection import Collection
from argus.core.errors import UsageError
from argus.enrolment.compose import LEDGER_NAME, build_enroller
from argus.enrolment.enrol import Photo, PhotoVerdict
from argus.enrolment.judge import Refusal
from argus.enrolment.naming import person_of
from argus.storage.folder import FolderStore

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)


def photo(name: str, path: Path) -> Photo:
    return Photo(path, person_of(name, "person"))


def enrol(folder: Path, *photos: Photo, category: str | None = None) -> list[PhotoVerdict]:
    return list(build_enroller(folder, lambda: NOW, workers=2).enrol(photos, category))


def collection(folder: Path) -> Collection:
    return build_enroller(folder, lambda: NOW, workers=1).collection


def refusals(found: Sequence[PhotoVerdict]) -> list[Refusal | None]:
    return [one.verdict.refusal for one in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "people"


def test_photos_become_faces_and_order_does_not_matter(folder: Path, tmp_path: Path, portraits: Path) -> None:
    photos = [photo("Barack Obama", portraits / name) for name in ("obama.jpg", "obama2.jpg")]
    photos.append(photo("Joe Biden", portraits / "biden.jpg"))
    assert refusals(enrol(folder, *photos)) == [None] * 3
    enrol(tmp_path / "other", *reversed(photos))
    assert collection(folder) == collection(tmp_path / "other")
    assert [one.person.name for one in collection(folder).people] == ["Barack Obama", "Joe Biden"]
    assert [len(one.faces) for one in collection(folder).people] == [2, 1]


def test_what_is_known_is_not_looked_at_again(folder: Path, tmp_path: Path, portraits: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    photos = [photo("Barack Obama", portraits / "obama.jpg"), photo("Barack Obama", tmp_path / "text.jpg")]
    first = enrol(folder, *photos)
    stored = {key: FolderStore(folder).get(key) for key in FolderStore(folder).keys("")}
    second = enrol(folder, *photos)
    assert [one.is_new for one in first] == [True, True]
    assert [one.is_new for one in second] == [False, False]
    assert refusals(first) == refusals(second) == [None, Refusal.UNREADABLE]
    assert stored == {key: FolderStore(folder).get(key) for key in FolderStore(folder).keys("")}


@pytest.mark.parametrize("content", ["", "[]", '{"engine": "another/0", "refused": {}}', '{"engine": 5}', "[" * 9999])
def test_a_ledger_that_cannot_be_used_is_forgotten(folder: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    enrol(folder, photo("Ann", tmp_path / "text.jpg"))
    (folder / LEDGER_NAME).write_text(content)
    assert [one.is_new for one in enrol(folder, photo("Ann", tmp_path / "text.jpg"))] == [True]


def test_the_same_photo_twice_is_one_face(folder: Path, tmp_path: Path, portraits: Path) -> None:
    shutil.copy(portraits / "obama.jpg", tmp_path / "copy.jpg")
    photos = [photo("Barack Obama", portraits / "obama.jpg"), photo("Barack Obama", tmp_path / "copy.jpg")]
    assert refusals(enrol(folder, *photos)) == [None, None]
    assert len(collection(folder).people[0].faces) == 1


def test_the_same_photo_of_two_people_is_refused(folder: Path, portraits: Path) -> None:
    ann, bob = photo("Ann", portraits / "obama.jpg"), photo("Bob", portraits / "obama.jpg")
    assert refusals(enrol(folder, ann, bob)) == [Refusal.DUPLICATE] * 2
    assert refusals(enrol(folder, bob, ann)) == [Refusal.DUPLICATE] * 2
    assert len(collection(folder)) == 0
    assert refusals(enrol(folder, ann)) == [None]
    # People are dealt with in the order of their ids.
    assert refusals(enrol(folder, bob, ann)) == [None, Refusal.DUPLICATE]
    assert [one.person.name for one in collection(folder).people] == ["Ann"]


def test_nobody_is_enrolled_from_a_bad_photo(folder: Path, tmp_path: Path, data_dir: Path) -> None:
    portrait = Image.open(data_dir / "photos" / "obama.jpg")
    pictures = {
        "several": Image.open(data_dir / "photos" / "two_people.jpg"),
        "none": Image.new("RGB", (300, 300), (90, 120, 90)),
        "small": portrait.resize((150, 187)),
        "blurred": portrait.resize((30, 37)).resize((910, 1137), Image.Resampling.BICUBIC),
        "dark": Image.fromarray((np.asarray(portrait) * 0.1).astype(np.uint8)),
    }
    for name, picture in pictures.items():
        picture.save(tmp_path / f"{name}.png")
    found = enrol(folder, *(photo("Ann", tmp_path / f"{name}.png") for name in pictures))
    expected = [{Refusal.SEVERAL_FACES}, {Refusal.NO_FACE}, {Refusal.TOO_SMALL}, {Refusal.BLURRED, Refusal.NO_FACE},
                {Refusal.TOO_DARK, Refusal.NO_FACE}]  # fmt: skip
    for verdict, allowed in zip(found, expected, strict=True):
        assert verdict.verdict.refusal in allowed, verdict
    assert len(collection(folder)) == 0
    assert not (folder / "head.json").exists()


def test_two_names_with_one_id_stop_before_anything_is_written(folder: Path, portraits: Path) -> None:
    with pytest.raises(UsageError, match="same id"):
        enrol(folder, photo("Ann Lee", portraits / "obama.jpg"), photo("ann_lee", portraits / "biden.jpg"))
    assert not folder.exists()
    enrol(folder, photo("Ann Lee", portraits / "obama.jpg"))
    with pytest.raises(UsageError, match="same id"):
        enrol(folder, photo("ann_lee", portraits / "biden.jpg"))


def test_the_category_stays_until_another_is_given(folder: Path, portraits: Path) -> None:
    ann = photo("Ann", portraits / "obama.jpg")
    for category, expected in ((None, "person"), ("resident", "resident"), (None, "resident"), ("guest", "guest")):
        enrol(folder, ann, category=category)
        assert collection(folder).people[0].person.category == expected


def test_press_photos_are_practically_all_accepted(folder: Path, data_dir: Path) -> None:
    paths = sorted(data_dir.glob("lfw-dev/people/*/*_0001.jpg"))
    found = enrol(folder, *(photo(path.parent.name, path) for path in paths))
    assert len(found) == 80
    assert sum(one.verdict.accepted for one in found) >= 78
