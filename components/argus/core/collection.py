"""Who is enrolled, as an immutable value.

A :class:`Collection` maps people to their faces. People are spread over 256 buckets by a hash of their
id, because a bucket is what is stored and synced as one object: a changed person changes one bucket,
and every other bucket of the new collection is the very same tuple as before, so that a writer sees by
identity what it has to write. The bytes are in :mod:`argus.core.buckets`, :mod:`argus.core.manifest`
and :mod:`argus.core.head`.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from argus.core.types import EMBEDDING_SIZE, MIRROR_MODEL_ID, Person, Template, Vector

BUCKETS = 256

_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(text: str) -> bool:
    """Whether ``text`` is a sha256 in lower-case hexadecimal."""
    return _SHA256.fullmatch(text) is not None


def bucket_of(person_id: str) -> int:
    """The bucket of a person, 0 to 255: the first byte of the sha256 of the id, the same everywhere and for ever."""
    return hashlib.sha256(person_id.encode()).digest()[0]


@dataclass(frozen=True, eq=False)
class EnrolledFace:
    """The face of one photo.

    Attributes:
        face_id: sha256 of the photo's bytes, lower-case hexadecimal; the same photo is the same face.
        vector: ``(128,)`` float32, the embedding that templates are made of.
    """

    face_id: str
    vector: Vector

    def __post_init__(self) -> None:
        if not is_sha256(self.face_id):
            raise ValueError(f"a face's id must be a sha256 in lower-case hexadecimal, not {self.face_id!r}")
        if self.vector.shape != (EMBEDDING_SIZE,) or self.vector.dtype != np.float32:
            raise ValueError(f"vector must be ({EMBEDDING_SIZE},) float32, not {self.vector.shape} {self.vector.dtype}")
        if not np.isfinite(self.vector).all():
            raise ValueError("vector holds a number that is not finite")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EnrolledFace):
            return NotImplemented
        return self.face_id == other.face_id and np.array_equal(self.vector, other.vector)

    def __hash__(self) -> int:
        return hash(self.face_id)


@dataclass(frozen=True)
class Enrolled:
    """A person with their faces; made by :meth:`of`.

    Attributes:
        person: who.
        faces: at least one, ascending by id, so that the order of enrolment leaves no trace.
        template: the unweighted mean of the faces' vectors.
        stricter_by: by how much this person's threshold is lowered, in normalised distance; at least 0. All that
            is kept of a stranger who was taken for them: a number, never the stranger's face.
    """

    person: Person
    faces: tuple[EnrolledFace, ...]
    template: Template = field(compare=False)
    stricter_by: float = 0.0

    def __post_init__(self) -> None:
        # A zero has one sign only, for equal people give equal bytes.
        if not math.isfinite(self.stricter_by) or math.copysign(1, self.stricter_by) < 0:
            raise ValueError(f"stricter_by must be at least 0, not {self.stricter_by}")
        ids = self.face_ids
        if any(left >= right for left, right in pairwise(ids)):
            raise ValueError(f"the faces of {self.person.id!r} must ascend by id, each once")
        if self.template.pictures != len(self.faces):
            raise ValueError(f"the template of {self.person.id!r} must be of {len(self.faces)} pictures")

    @classmethod
    def of(
        cls,
        person: Person,
        faces: Iterable[EnrolledFace],
        model_id: str = MIRROR_MODEL_ID,
        stricter_by: float = 0.0,
    ) -> Enrolled:
        """``person`` with ``faces`` in any order; of several with the same id the last counts."""
        ordered = tuple(face for _, face in sorted({face.face_id: face for face in faces}.items()))
        if not ordered:
            raise ValueError(f"{person.id!r} needs at least one face")
        template = Template.mean(np.stack([face.vector for face in ordered]), model_id)
        return cls(person, ordered, template, stricter_by)

    @property
    def face_ids(self) -> tuple[str, ...]:
        return tuple(face.face_id for face in self.faces)


@dataclass(frozen=True)
class Collection:
    """Everybody who is enrolled; made by :meth:`of`, changed by the ``with_`` and ``without_`` methods.

    Attributes:
        buckets: bucket number -> its people, ascending by id; empty buckets are left out.
        model_id: what made every vector.
    """

    buckets: Mapping[int, tuple[Enrolled, ...]]
    model_id: str = MIRROR_MODEL_ID

    def __post_init__(self) -> None:
        object.__setattr__(self, "buckets", MappingProxyType(dict(self.buckets)))

    @classmethod
    def of(cls, people: Iterable[Enrolled], model_id: str = MIRROR_MODEL_ID) -> Collection:
        """A collection of ``people`` in any order.

        Raises:
            ValueError: two people share an id, or a template is of another model.
        """
        buckets: dict[int, list[Enrolled]] = {}
        for enrolled in people:
            _check_model(enrolled, model_id)
            buckets.setdefault(bucket_of(enrolled.person.id), []).append(enrolled)
        ordered = {number: tuple(sorted(bucket, key=_id_of)) for number, bucket in sorted(buckets.items())}
        for bucket in ordered.values():
            for left, right in pairwise(bucket):
                if left.person.id == right.person.id:
                    raise ValueError(f"two people have the id {left.person.id!r}")
        return cls(ordered, model_id)

    def __len__(self) -> int:
        return len(self.people)

    @cached_property
    def people(self) -> tuple[Enrolled, ...]:
        """Everybody, ascending by id."""
        return tuple(sorted((enrolled for bucket in self.buckets.values() for enrolled in bucket), key=_id_of))

    @cached_property
    def face_owners(self) -> Mapping[str, Person]:
        """Face id -> whose face it is."""
        return MappingProxyType({id_: enrolled.person for enrolled in self.people for id_ in enrolled.face_ids})

    def find(self, person_id: str) -> Enrolled | None:
        """The person with this id, or None."""
        bucket = self.buckets.get(bucket_of(person_id), ())
        return next((enrolled for enrolled in bucket if enrolled.person.id == person_id), None)

    def with_person(self, enrolled: Enrolled) -> Collection:
        """The collection with ``enrolled`` added or in place of who had that id; itself if nothing changes."""
        _check_model(enrolled, self.model_id)
        if self.find(enrolled.person.id) == enrolled:
            return self
        others = self._others(enrolled.person.id)
        return self._with_bucket(enrolled.person.id, tuple(sorted((*others, enrolled), key=_id_of)))

    def with_faces(self, person: Person, faces: Iterable[EnrolledFace]) -> Collection:
        """The collection with ``faces`` added to those ``person`` already has; itself if nothing changes."""
        present = self.find(person.id)
        if present is None:
            return self.with_person(Enrolled.of(person, faces, self.model_id))
        return self.with_person(
            Enrolled.of(person, (*present.faces, *faces), self.model_id, stricter_by=present.stricter_by)
        )

    def with_strictness(self, person_id: str, stricter_by: float) -> Collection:
        """The collection with that person's threshold lowered by ``stricter_by`` in all; itself if nothing changes."""
        present = self.find(person_id)
        return self if present is None else self.with_person(replace(present, stricter_by=stricter_by))

    def without_person(self, person_id: str) -> Collection:
        """The collection without that person; itself if there is none."""
        if self.find(person_id) is None:
            return self
        return self._with_bucket(person_id, self._others(person_id))

    def without_face(self, person_id: str, face_id: str) -> Collection:
        """The collection without that face, and without the person if it was the last; itself if there is none."""
        present = self.find(person_id)
        if present is None or face_id not in present.face_ids:
            return self
        remaining = [face for face in present.faces if face.face_id != face_id]
        if not remaining:
            return self.without_person(person_id)
        return self.with_person(Enrolled.of(present.person, remaining, self.model_id, stricter_by=present.stricter_by))

    def _others(self, person_id: str) -> tuple[Enrolled, ...]:
        bucket = self.buckets.get(bucket_of(person_id), ())
        return tuple(enrolled for enrolled in bucket if enrolled.person.id != person_id)

    def _with_bucket(self, person_id: str, people: tuple[Enrolled, ...]) -> Collection:
        number = bucket_of(person_id)
        kept = {n: bucket for n, bucket in self.buckets.items() if n != number}
        if people:
            kept[number] = people
        return Collection(dict(sorted(kept.items())), self.model_id)


def _id_of(enrolled: Enrolled) -> str:
    return enrolled.person.id


def _check_model(enrolled: Enrolled, model_id: str) -> None:
    if enrolled.template.model_id != model_id:
        raise ValueError(f"{enrolled.person.id!r} is of model {enrolled.template.model_id!r}, not {model_id!r}")
