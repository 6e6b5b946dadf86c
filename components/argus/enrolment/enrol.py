"""Photos into a collection, one person at a time.

A photo's bytes decide: their sha256 is the face's id, so an unchanged photo is recognised before anything is unpacked,
the same photo twice is one face, and the same photo of two people is refused for both (unless one has it already).

The order in which photos are given makes no difference: people are dealt with in the order of their ids, and a
person's photos together (:mod:`argus.core.admission`). What was enrolled by an earlier call does: of two people who
are taken for each other, the one who was first stays, and the photos of an enrolled person say what the others must
look like.

Verdicts that follow from the photo alone are remembered. Whether a photo repeats, contradicts or collides with others
changes with the collection, so that is looked at again each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from argus.core.admission import NewFace, duplicates, objections
from argus.core.calibration import Calibration
from argus.core.collection import Collection, EnrolledFace
from argus.core.errors import ImageError
from argus.core.lookalikes import LookAlikes, look_alikes
from argus.core.matching import Gallery
from argus.core.types import Person
from argus.enrolment.judge import ACCEPTED, Refusal, Verdict, judge
from argus.enrolment.ledger import RefusalLedger
from argus.enrolment.naming import check_same_name
from argus.enrolment.objecting import given_for, objected
from argus.storage.repository import CollectionRepository
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import read_file, read_image


@dataclass(frozen=True)
class Photo:
    """A photo that is said to show somebody."""

    path: Path
    person: Person


@dataclass(frozen=True)
class PhotoVerdict:
    """What became of a photo.

    Attributes:
        is_new: whether it was looked at now; otherwise its verdict was known.
    """

    photo: Photo
    verdict: Verdict
    is_new: bool


_KNOWN = Verdict(None, "enrolled already")


class Enroller:
    """Enrols photos in a collection.

    Args:
        repository: the collection.
        analyser: finds and embeds faces; made only when a photo has to be looked at.
        calibration: says what is too near and too far; read only when a face has to be judged.
        ledger: of the photos that were refused before.
        workers: how many photos are looked at together.
    """

    def __init__(
        self,
        repository: CollectionRepository,
        analyser: Callable[[], FaceAnalyser],
        calibration: Callable[[], Calibration],
        ledger: RefusalLedger,
        workers: int = 1,
    ) -> None:
        self._repository = repository
        self._analyser = analyser
        self._calibration = calibration
        self._ledger = ledger
        self._workers = workers

    @property
    def collection(self) -> Collection:
        """Everybody who is enrolled now."""
        return self._repository.load_or_empty()

    def look_alikes(self, person_ids: Set[str]) -> tuple[LookAlikes, ...]:
        """Who looks unusually much like one of these people."""
        people = [(one.person, one.template) for one in self.collection.people]
        if len(people) < 2:
            return ()
        pairs = look_alikes(people, self._calibration())
        return tuple(pair for pair in pairs if any(person.id in person_ids for person in pair.people))

    def enrol(
        self, photos: Iterable[Photo], category: str | None = None, *, force: bool = False
    ) -> Iterator[PhotoVerdict]:
        """Enrols ``photos``; yields the verdicts of each person once that person is stored.

        Args:
            photos: in any order.
            category: of everybody in them; None leaves it to the photos for new people, and as it is for others.
            force: enrol what :data:`argus.enrolment.judge.OVERRULABLE` speaks against.

        Raises:
            UsageError: two people's names cannot be told apart by id.
            CollectionError: the collection cannot be read or written.
        """
        # Somebody who was renamed keeps the id, whatever id the name would have.
        collection = self.collection
        known = {enrolled.person.name: enrolled.person for enrolled in collection.people}
        by_person: dict[str, list[Photo]] = {}
        for given in photos:
            photo = replace(given, person=known.get(given.person.name, given.person))
            group = by_person.setdefault(photo.person.id, [])
            group.append(photo)
            check_same_name(group[0].person, photo.person)
        for group in by_person.values():
            _check_name(collection, group[0].person)
        files = {photo.path: _read(photo.path) for group in by_person.values() for photo in group}
        claims = _claims(by_person, files)
        for _, group in sorted(by_person.items()):
            yield from self._enrol_person(group, category, files, claims, force)

    def _enrol_person(
        self,
        group: Sequence[Photo],
        category: str | None,
        files: dict[Path, str | Verdict],
        claims: dict[str, set[str]],
        force: bool,
    ) -> Iterator[PhotoVerdict]:
        person, collection = group[0].person, self.collection
        verdicts: dict[str, tuple[Verdict, bool]] = {}
        wanted: dict[str, Path] = {}
        for photo in group:
            face_id = files[photo.path]
            if isinstance(face_id, str) and face_id not in verdicts and face_id not in wanted:
                known = self._known(face_id, person, claims, collection, force)
                if known is None:
                    wanted[face_id] = photo.path
                else:
                    verdicts[face_id] = (known, False)
        new: list[NewFace] = []
        for face_id, (verdict, face) in self._look(wanted, force):
            verdicts[face_id] = (verdict, True)
            if face is not None:
                new.append(face)
            else:
                self._ledger.add(face_id, verdict)
        self._ledger.save()
        refused = self._objections(new, person, wanted, collection, force)
        verdicts |= {face_id: (verdict, True) for face_id, verdict in refused.items()}
        faces = [one.face for one in new if one.face.face_id not in refused]
        if faces or collection.find(person.id) is not None:
            self._store(person, category, faces)
        for photo in group:
            found = files[photo.path]
            verdict, is_new = (found, True) if isinstance(found, Verdict) else verdicts[found]
            yield PhotoVerdict(photo, verdict, is_new)

    def _known(
        self, face_id: str, person: Person, claims: dict[str, set[str]], collection: Collection, force: bool
    ) -> Verdict | None:
        """The verdict about a photo that need not be looked at."""
        owner = collection.face_owners.get(face_id)
        if owner is not None and owner.id == person.id:
            return _KNOWN
        if owner is not None:
            return given_for([owner.name])
        others = claims[face_id] - {person.name}
        if others:
            return given_for(sorted(others))
        remembered = self._ledger.find(face_id)
        return None if remembered is not None and force and remembered.overrulable else remembered

    def _look(self, wanted: dict[str, Path], force: bool) -> Iterator[tuple[str, tuple[Verdict, NewFace | None]]]:
        if not wanted:
            return
        analyser = self._analyser()
        with ThreadPoolExecutor(self._workers) as pool:
            looks = pool.map(lambda path: look_at(analyser, path, force=force), wanted.values())
            yield from zip(wanted, looks, strict=True)

    def _objections(
        self, new: Sequence[NewFace], person: Person, paths: dict[str, Path], collection: Collection, force: bool
    ) -> dict[str, Verdict]:
        """Face id -> what speaks against that photo beside the person's others and everybody else's."""
        if not new:
            return {}
        present = collection.find(person.id)
        own = present.faces if present is not None else ()
        found = duplicates(new, own)
        if not force:
            others = Gallery([one for one in collection.people if one is not present], self._calibration())
            found |= objections([one.face for one in new if one.face.face_id not in found], own, others)
        names = {face_id: path.name for face_id, path in paths.items()}
        return {id_: objected(one, person, names.get(one.face_id or "")) for id_, one in found.items()}

    def _store(self, person: Person, category: str | None, faces: Sequence[EnrolledFace]) -> None:
        def change(collection: Collection) -> Collection:
            _check_name(collection, person)
            present = collection.find(person.id)
            # Another writer may have given a photo to somebody else in the meantime.
            own = [face for face in faces if collection.face_owners.get(face.face_id, person).id == person.id]
            if present is None and not own:
                return collection
            kept = present.person.category if present is not None else person.category
            return collection.with_faces(replace(person, category=category or kept), own)

        self._repository.update(change)


def look_at(analyser: FaceAnalyser, path: Path, *, force: bool = False) -> tuple[Verdict, NewFace | None]:
    """Judges one photo by itself; its face when it is accepted."""
    try:
        return look_at_bytes(analyser, read_file(path), force=force)
    except ImageError as error:
        return Verdict(Refusal.UNREADABLE, str(error)), None


def look_at_bytes(analyser: FaceAnalyser, data: bytes, *, force: bool = False) -> tuple[Verdict, NewFace | None]:
    """As :func:`look_at`, of a photo's bytes."""
    try:
        rgb = read_image(data)
    except ImageError as error:
        return Verdict(Refusal.UNREADABLE, str(error)), None
    verdict, read = judge(analyser.faces(rgb), rgb.shape[1], rgb.shape[0], force=force)
    if read is None:
        return verdict, None
    face = EnrolledFace(hashlib.sha256(data).hexdigest(), analyser.vectors([read])[0])
    return ACCEPTED, NewFace(face, read.face.quality.score)


def _read(path: Path) -> str | Verdict:
    """The sha256 of a photo's bytes, or why they cannot be read."""
    try:
        return hashlib.sha256(read_file(path)).hexdigest()
    except ImageError as error:
        return Verdict(Refusal.UNREADABLE, str(error))


def _claims(by_person: dict[str, list[Photo]], files: dict[Path, str | Verdict]) -> dict[str, set[str]]:
    """Face id -> the names of all whose photo it is said to be."""
    claims: dict[str, set[str]] = {}
    for group in by_person.values():
        for photo in group:
            face_id = files[photo.path]
            if isinstance(face_id, str):
                claims.setdefault(face_id, set()).add(photo.person.name)
    return claims


def _check_name(collection: Collection, person: Person) -> None:
    present = collection.find(person.id)
    if present is not None:
        check_same_name(present.person, person)
