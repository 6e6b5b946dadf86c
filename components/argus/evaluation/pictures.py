"""Folders of pictures to vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from argus.core.errors import ImageError, UsageError
from argus.core.types import Person, Vector
from argus.enrolment.enrol import Photo
from argus.enrolment.judge import prominence
from argus.enrolment.naming import check_same_name, person_of
from argus.enrolment.photos import photos_of_folder
from argus.evaluation.identification import Sitter
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import EXTENSIONS, read_file, read_image

_NO_FACE = "no face was found"


@dataclass(frozen=True)
class LeftOut:
    """A picture that could not be used, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Album:
    """People with the vectors of their pictures, and the pictures that could not be used."""

    sitters: tuple[Sitter, ...]
    left_out: tuple[LeftOut, ...]


def pictures_of_people(folder: Path) -> list[Photo]:
    """Pictures in a folder that has one subfolder a person.

    Raises:
        UsageError: it is none.
    """
    photos = photos_of_folder([folder], None)
    first: dict[str, Person] = {}
    for photo in photos:
        check_same_name(first.setdefault(photo.person.id, photo.person), photo.person)
    return photos


def pictures_of_strangers(folder: Path) -> list[Photo]:
    """Pictures of people nobody knows: each file in the folder is somebody else, and each subfolder one person.

    Raises:
        UsageError: there are none.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: give one with pictures of people who are not among --people")
    photos = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith(".") and not path.is_dir():
            name = path.relative_to(folder).parts[0]
            photos.append(
                Photo(path, Person(hashlib.sha256(name.encode()).hexdigest(), person_of(name, "person").name))
            )
    if not photos:
        raise UsageError(f"there are no pictures in {folder}: check the path")
    return photos


def read_album(
    photos: Sequence[Photo],
    analyser: FaceAnalyser,
    *,
    workers: int,
    seen: set[str],
    progress: Callable[[], None] = lambda: None,
) -> Album:
    """Looks at every picture and keeps its most prominent face, however poor.

    Args:
        photos: of whom they are said to be.
        analyser: finds and embeds faces.
        workers: how many pictures are looked at together.
        seen: hashes of pictures used before; a picture counts once, and those used here are added.
        progress: called after each picture.
    """
    vectors: dict[Person, list[Vector]] = {}
    left_out = []
    with ThreadPoolExecutor(workers) as pool:
        for photo, (digest, found) in zip(
            photos, pool.map(lambda photo: _look(photo.path, analyser), photos), strict=True
        ):
            progress()
            if digest in seen:
                left_out.append(LeftOut(photo.path, "the same picture was given before"))
            elif isinstance(found, str):
                left_out.append(LeftOut(photo.path, found))
            else:
                vectors.setdefault(photo.person, []).append(found)
                seen.add(digest)
    return Album(tuple(Sitter(person, np.stack(own)) for person, own in vectors.items()), tuple(left_out))


def _look(path: Path, analyser: FaceAnalyser) -> tuple[str, Vector | str]:
    """The hash of a picture's bytes, and its vector or why there is none."""
    try:
        data = read_file(path)
        rgb = read_image(data)
    except ImageError as error:
        return "", str(error)
    digest = hashlib.sha256(data).hexdigest()
    height, width = rgb.shape[:2]
    faces = analyser.faces(rgb)
    if not faces:
        return digest, _NO_FACE
    chosen = max(faces, key=lambda read: prominence(read.face.box, width, height))
    return digest, analyser.vectors([chosen])[0]
