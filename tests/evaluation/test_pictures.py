from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.errors import UsageError
from argus.enrolment.compose import photo_analyser
from argus.evaluation.pictures import pictures_of_people, pictures_of_strangers, read_album


@pytest.fixture
def people(tmp_path: Path, portraits: Path) -> Path:
    """A folder of two people, as such folders are: with copies, notes, and pictures of nobody."""
    folder = tmp_path / "people"
    for name in ("Ann", "Bob"):
        (folder / name).mkdir(parents=True)
    shutil.copy(portraits / "obama.jpg", folder / "Ann" / "1.jpg")
    shutil.copy(portraits / "obama.jpg", folder / "Ann" / "2.jpg")
    (folder / "Ann" / "3.jpg").write_bytes(b"no picture")
    (folder / "Ann" / "notes.txt").write_text("no picture either")
    shutil.copy(portraits / "biden.jpg", folder / "Bob" / "1.jpg")
    Image.new("RGB", (120, 120), "grey").save(folder / "Bob" / "2.png")
    return folder


def test_what_cannot_be_used_is_listed_and_the_rest_goes_on(people: Path) -> None:
    looked_at = []
    album = read_album(
        pictures_of_people(people), photo_analyser(), workers=2, seen=set(), progress=lambda: looked_at.append(1)
    )
    assert [(sitter.person.name, sitter.vectors.shape) for sitter in album.sitters] == [
        ("Ann", (1, 128)),
        ("Bob", (1, 128)),
    ]
    assert [(one.path.relative_to(people).as_posix(), one.reason) for one in album.left_out] == [
        ("Ann/2.jpg", "the same picture was given before"),
        ("Ann/3.jpg", "this is not a picture that can be read: save it as JPEG or PNG"),
        ("Bob/2.png", "no face was found"),
    ]
    assert len(looked_at) == 5


def test_of_several_faces_the_most_prominent_counts(tmp_path: Path, portraits: Path) -> None:
    with Image.open(portraits / "biden.jpg") as biden, Image.open(portraits / "obama.jpg") as obama:
        scene = Image.new("RGB", (1500, 900), "grey")
        scene.paste(biden.resize((300, 450)), (0, 200))
        scene.paste(obama.resize((600, 872)), (450, 10))
    for name in ("scene", "alone"):
        (tmp_path / name).mkdir()
    scene.save(tmp_path / "scene" / "1.png")
    shutil.copy(portraits / "obama2.jpg", tmp_path / "alone")
    album = read_album(pictures_of_people(tmp_path), photo_analyser(), workers=1, seen=set())
    alone, together = (sitter.vectors[0] for sitter in album.sitters)
    assert np.linalg.norm(alone - together) < 0.5


def test_a_file_is_a_stranger_and_so_is_a_folder(tmp_path: Path, portraits: Path) -> None:
    (tmp_path / "passer-by" / "monday").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "passer-by/c.jpg", "passer-by/monday/d.jpg"):
        shutil.copy(portraits / "obama.jpg", tmp_path / name)
    photos = pictures_of_strangers(tmp_path)
    assert len({photo.person.id for photo in photos}) == 3
    assert [photo.person.name for photo in photos] == ["a.jpg", "b.jpg", "passer-by", "passer-by"]


@pytest.mark.parametrize("content", ["missing", "empty"])
def test_strangers_that_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=content if content == "missing" else "no pictures"):
        pictures_of_strangers(tmp_path / content)
