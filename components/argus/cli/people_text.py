"""How ``argus people`` describes people and how near they are, as JSON and as text."""

from __future__ import annotations

from typing import Any

import numpy as np

from argus.cli.output import who
from argus.core.collection import Enrolled
from argus.core.matching import Candidate, Gallery
from argus.core.types import Person

SHORT_ID = 12
"""Digits of a face's id that are shown; no two faces of a collection share them by chance."""


def alike_of(gallery: Gallery, person_id: str) -> list[Person]:
    """Who looks unusually much like this person, the most unusual first."""
    pairs = [pair.people for pair in gallery.look_alikes]
    return [person for pair in pairs for person in pair if person_id in {one.id for one in pair} - {person.id}]


def person_record(enrolled: Enrolled, alike: list[Person]) -> dict[str, Any]:
    person = enrolled.person
    return {
        "id": person.id,
        "name": person.name,
        "category": person.category,
        "photos": len(enrolled.faces),
        "stricter_by": enrolled.stricter_by,
        "look_alikes": [one.id for one in alike],
    }


def person_line(enrolled: Enrolled, alike: list[Person]) -> str:
    person, count = enrolled.person, len(enrolled.faces)
    words = f"{person.id:<24}  {person.name:<24}  {person.category:<10}  {count} photo{'' if count == 1 else 's'}"
    if alike:
        words += f"  looks like {', '.join(one.name for one in alike)}"
    if enrolled.stricter_by:
        words += f"  stricter by {enrolled.stricter_by:.2f} after a correction"
    return words


def face_records(enrolled: Enrolled) -> list[dict[str, Any]]:
    """Each face with its Euclidean distances to the person's other faces, in their order."""
    vectors = np.stack([face.vector for face in enrolled.faces]).astype(np.float64)
    distances = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    return [
        {"face_id": face_id, "distances": [float(value) for j, value in enumerate(row) if j != i]}
        for i, (face_id, row) in enumerate(zip(enrolled.face_ids, distances, strict=True))
    ]


def face_line(record: dict[str, Any]) -> str:
    distances = record["distances"]
    apart = f"{min(distances):.2f} to {max(distances):.2f} from the others" if distances else "the only one"
    return f"face {record['face_id'][:SHORT_ID]}  {apart}"


def candidate_record(candidate: Candidate) -> dict[str, Any]:
    return {
        "person": who(candidate.person),
        "distance": candidate.distance,
        "normalised_distance": candidate.normalised_distance,
        "threshold": candidate.threshold,
        "within": candidate.excess <= 0,
    }


def candidate_line(candidate: Candidate) -> str:
    side = "under" if candidate.excess <= 0 else "over"
    return (
        f"{candidate.person.id:<24}  {candidate.person.name:<24}  "
        f"distance {candidate.normalised_distance:+.2f}, {side} {candidate.threshold:+.2f}"
    )
