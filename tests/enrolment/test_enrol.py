"""Enrolment with real pictures and networks."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow

from argus.core.collection import Collection
from argus.core.errors import UsageError
from argus.enrolment.compose import LEDGER_NAME, build_enroller
from argus.enrolment.enrol import Photo, PhotoVerdict
from argus.enrolment.judge import Refusal
from argus.enrolment.naming import person_of
from argus.storage.folder import FolderStore
from argus.storage.repository import folder_collection

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)


def photo(name: str, path: Path) -> Photo:
    return Photo(path, person_of(name, "person"))


def enrol(folder: Path, *photos: Photo, category: str | None = None, force: bool = False) -> list[PhotoVerdict]:
    return list(build_enroller(folder, lambda: NOW, workers=2).enrol(photos, category, force=force))


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


def test_somebody_enrolled_before_is_not_enrolled_under_another_name_unless_forced(
    folder: Path, portraits: Path
) -> None:
    enrol(folder, photo("Barack Obama", portraits / "obama.jpg"), photo("Joe Biden", portraits / "biden.jpg"))
    barry = photo("Barry", portraits / "obama2.jpg")
    (found,) = enrol(folder, barry)
    assert (found.verdict.refusal, "looks like Barack Obama" in found.verdict.message) == (Refusal.COLLISION, True)
    # What hangs on the collection is looked at again each time.
    assert [one.is_new for one in enrol(folder, barry)] == [True]
    assert refusals(enrol(folder, barry, force=True)) == [None]
    assert [one.is_new for one in enrol(folder, barry)] == [False]
    enroller = build_enroller(folder, lambda: NOW, workers=1)
    ((one, other),) = [pair.people for pair in enroller.look_alikes({"barry"})]
    assert {one.name, other.name} == {"Barack Obama", "Barry"}
    assert enroller.look_alikes({"joe-biden"}) == ()


def test_a_wrong_photo_among_the_right_ones_is_unlike_them(folder: Path, portraits: Path) -> None:
    photos = [photo("Barack Obama", portraits / name) for name in ("obama.jpg", "biden.jpg", "obama2.jpg")]
    assert refusals(enrol(folder, *photos)) == [None, Refusal.UNLIKE, None]
    assert refusals(enrol(folder, photos[1], force=True)) == [None]
    assert len(collection(folder).people[0].faces) == 3


def test_a_photo_saved_anew_adds_nothing_whatever_the_order(folder: Path, tmp_path: Path, portraits: Path) -> None:
    with Image.open(portraits / "obama.jpg") as portrait:
        portrait.resize((portrait.width // 2, portrait.height // 2)).save(tmp_path / "small.jpg", quality=80)
        portrait.save(tmp_path / "written again.webp", quality=90)
    names = [tmp_path / "small.jpg", portraits / "obama.jpg", portraits / "obama2.jpg", tmp_path / "written again.webp"]
    photos = [photo("Barack Obama", path) for path in names]
    found = enrol(folder, *photos)
    assert sorted(refusals(found), key=str) == [None, None, Refusal.DUPLICATE, Refusal.DUPLICATE]
    enrol(tmp_path / "other", *reversed(photos))
    assert collection(folder) == collection(tmp_path / "other")
    assert all("repeats" in one.verdict.message for one in found if one.verdict.refusal is not None)
    assert refusals(enrol(folder, *photos, force=True)).count(Refusal.DUPLICATE) == 2


def test_a_poor_photo_is_looked_at_again_when_somebody_insists(folder: Path, tmp_path: Path, data_dir: Path) -> None:
    with Image.open(data_dir / "photos" / "obama.jpg") as portrait:
        portrait.resize((150, 187)).save(tmp_path / "small.png")
    small = photo("Barack Obama", tmp_path / "small.png")
    assert refusals(enrol(folder, small)) == [Refusal.TOO_SMALL]
    assert [(one.verdict.refusal, one.is_new) for one in enrol(folder, small)] == [(Refusal.TOO_SMALL, False)]
    assert [(one.verdict.refusal, one.is_new) for one in enrol(folder, small, force=True)] == [(None, True)]
    Image.new("RGB", (300, 300), (90, 120, 90)).save(tmp_path / "none.png")
    assert refusals(enrol(folder, photo("Ann", tmp_path / "none.png"), force=True)) == [Refusal.NO_FACE]


def test_photos_of_phones_are_the_right_way_up(folder: Path, tmp_path: Path, portraits: Path) -> None:
    with Image.open(portraits / "obama.jpg") as portrait:
        turned = portrait.convert("RGB").transpose(Image.Transpose.ROTATE_90)
        tag = Image.Exif()
        tag[0x0112] = 6
        turned.save(tmp_path / "phone.jpg", exif=tag, quality=95)
        from_pillow(portrait.convert("RGB")).save(tmp_path / "phone.heic", quality=80)
    # Lying on its side, without the tag that says so.
    turned.save(tmp_path / "lying.jpg")
    assert refusals(enrol(folder, photo("phone.jpg", tmp_path / "phone.jpg"))) == [None]
    (heic,) = enrol(folder, photo("somebody else", tmp_path / "phone.heic"))
    assert (heic.verdict.refusal, "looks like phone.jpg" in heic.verdict.message) == (Refusal.COLLISION, True)
    assert refusals(enrol(folder, photo("phone.jpg", tmp_path / "phone.heic"))) == [Refusal.DUPLICATE]
    assert refusals(enrol(folder, photo("lying", tmp_path / "lying.jpg"))) != [None]


def test_who_was_renamed_is_enrolled_by_the_new_name(folder: Path, portraits: Path) -> None:
    enrol(folder, photo("Barack Obama", portraits / "obama.jpg"))
    person = collection(folder).people[0].person
    repository = folder_collection(folder, lambda: NOW)
    renamed = replace(person, name="B. H. Obama")
    repository.update(lambda before: before.with_person(replace(before.people[0], person=renamed)))
    assert refusals(enrol(folder, photo("B. H. Obama", portraits / "obama2.jpg"))) == [None]
    assert [(one.person, len(one.faces)) for one in collection(folder).people] == [(renamed, 2)]


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


def test_of_press_photos_practically_all_are_accepted_and_those_of_somebody_else_are_not(
    folder: Path, data_dir: Path
) -> None:
    people = [path for path in sorted(data_dir.glob("lfw-dev/people/*"))[:30] if path.name != "John_Bolton"]
    pictures = [picture for path in people for picture in sorted(path.glob("*_000[15].jpg"))]
    pictures += sorted(data_dir.glob("lfw-dev/people/John_Bolton/*.jpg"))
    found = enrol(folder, *(photo(path.parent.name, path) for path in pictures))
    refused = {one.photo.path.name: one.verdict.refusal for one in found if not one.verdict.accepted}
    # It shows another man.
    assert refused.pop("John_Bolton_0005.jpg") is Refusal.UNLIKE
    assert len(refused) <= 2
