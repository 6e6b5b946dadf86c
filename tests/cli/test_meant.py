from __future__ import annotations

import numpy as np
import pytest

from argus.cli.meant import find_enrolled
from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.errors import UsageError
from argus.core.types import Person
from tests.made_up import face_id


def test_people_are_found_by_id_and_by_name() -> None:
    vectors = np.eye(4, 128, dtype=np.float32)
    others = [Person("ana", "Ana"), Person("ana-2", "Anna María"), Person("x", "Twin"), Person("y", "twin")]
    faces = [EnrolledFace(face_id(person.id), vector) for person, vector in zip(others, vectors, strict=True)]
    people = Collection.of([Enrolled.of(person, [face]) for person, face in zip(others, faces, strict=True)])
    assert find_enrolled(people, "ana", "").person.name == "Ana"
    assert find_enrolled(people, " anna maría ", "").person.id == "ana-2"
    with pytest.raises(UsageError, match="2 people are called 'TWIN': give the id, x or y"):
        find_enrolled(people, "TWIN", "")
    with pytest.raises(UsageError, match="did you mean 'Anna María'"):
        find_enrolled(people, "Anna Maria", "")
    with pytest.raises(UsageError, match=r"nobody here has the id or the name 'Zoë': enrol them$"):
        find_enrolled(people, "Zoë", "enrol them")
