"""People out of encodings that another program made, of which there are no photos."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.types import PLAIN_MODEL_ID, Vector
from argus.enrolment.naming import check_same_name, person_of


def collection_of_encodings(encodings: Mapping[str, Sequence[Vector]], category: str) -> Collection:
    """Everybody of ``encodings`` by name, as people of dlib's plain model; an encoding's own hash is the face's id.

    Raises:
        UsageError: nobody can be called so, or two names are one id.
    """
    people: dict[str, Enrolled] = {}
    for name, vectors in encodings.items():
        person = person_of(name, category)
        if person.id in people:
            check_same_name(people[person.id].person, person)
        faces = [EnrolledFace(hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest(), vector) for vector in vectors]
        people[person.id] = Enrolled.of(person, faces, PLAIN_MODEL_ID)
    return Collection.of(people.values(), PLAIN_MODEL_ID)
