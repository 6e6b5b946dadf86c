"""Which photos are meant, and of whom they are said to be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from argus.core.errors import UsageError
from argus.enrolment.enrol import Photo
from argus.enrolment.naming import DEFAULT_CATEGORY, person_of
from argus.vision.images import EXTENSIONS


def photos_of_folder(folders: Sequence[Path], category: str | None) -> list[Photo]:
    """The pictures in folders that have one subfolder a person, named as the person is.

    Raises:
        UsageError: one of them is no such folder.
    """
    photos = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder: give one with a subfolder a person, or say --person NAME")
        people = [entry for entry in sorted(folder.iterdir()) if entry.is_dir() and not entry.name.startswith(".")]
        if not people:
            raise UsageError(f"{folder} has no subfolders: put each person's photos into one, or say --person NAME")
        for person in people:
            photos += _photos(person.name, pictures_below(person), category)
    if not photos:
        raise UsageError("there are no pictures in these folders: check the path")
    return photos


def photos_of_person(name: str, paths: Sequence[Path], category: str | None) -> list[Photo]:
    """The pictures of one person: files, whatever they are called, and whole folders.

    Raises:
        UsageError: a folder holds none, or nobody can be called so.
    """
    found: list[Path] = []
    for path in paths:
        pictures = list(pictures_below(path)) if path.is_dir() else [path]
        if not pictures:
            raise UsageError(f"there are no pictures in {path}: check the path")
        found += pictures
    return _photos(name, found, category)


def _photos(name: str, paths: Iterator[Path] | Sequence[Path], category: str | None) -> list[Photo]:
    person = person_of(name, DEFAULT_CATEGORY if category is None else category)
    return [Photo(path, person) for path in paths]


def pictures_below(folder: Path) -> Iterator[Path]:
    """The pictures anywhere in a folder, in the order of their paths.

    Raises:
        UsageError: a folder cannot be looked into.
    """
    found = (Path(parent, name) for parent, _, names in os.walk(folder, onerror=_refuse) for name in names)
    for path in sorted(found):
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith("."):
            yield path


def _refuse(error: OSError) -> NoReturn:
    raise UsageError(f"{error.filename} cannot be looked into ({error.strerror}): check its rights") from error
