"""People who do not exist, for tests that need no pictures."""

from __future__ import annotations

import hashlib

import numpy as np

from argus.core.collection import Enrolled, EnrolledFace
from argus.core.types import EMBEDDING_SIZE, Person, Vector


def face_id(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


def vector(seed: str) -> Vector:
    """Multiples of 1/1024 from -1 to 1, exact in float32 and the same on every machine."""
    stream = hashlib.shake_256(seed.encode()).digest(2 * EMBEDDING_SIZE)
    steps = np.frombuffer(stream, "<u2") % 2049
    return ((steps.astype(np.float64) - 1024) / 1024).astype(np.float32)


def face(seed: str) -> EnrolledFace:
    return EnrolledFace(face_id(seed), vector(seed))


def enrolled(person_id: str, faces: int = 2, name: str | None = None) -> Enrolled:
    return Enrolled.of(
        Person(person_id, name or person_id.title()), [face(f"{person_id}/{number}") for number in range(faces)]
    )
