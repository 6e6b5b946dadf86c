"""What ``argus people`` searches for, and whom it finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argus.cli.output import who
from argus.cli.people_text import SHORT_ID
from argus.core.collection import Collection
from argus.core.errors import UsageError
from argus.core.matching import Candidate, Gallery
from argus.core.types import Person, Template
from argus.enrolment.compose import photo_analyser
from argus.vision.images import read_image

_NEAREST = 5


@dataclass(frozen=True)
class Probe:
    """A face to search for, and how it is told of: as JSON and as a line; its owner is not searched."""

    template: Template
    record: dict[str, Any]
    title: str
    owner: Person | None = None


def enrolled_face(collection: Collection, wanted: str) -> Probe:
    """The face whose id starts so.

    Raises:
        UsageError: there is none, or more than one.
    """
    found = [
        (face, one.person) for one in collection.people for face in one.faces if face.face_id.startswith(wanted.lower())
    ]
    if len(found) != 1:
        problem = "more than one face" if found else "no face"
        raise UsageError(f"{problem} here has an id that starts with {wanted!r}: `argus people show` prints the ids")
    ((face, owner),) = found
    template = Template.mean(face.vector[None], collection.model_id)
    record = {"face_id": face.face_id, "of": who(owner)}
    return Probe(template, record, f"face {face.face_id[:SHORT_ID]} of {owner.name}; others near it:", owner)


def faces_of(image: Path) -> list[Probe]:
    """The faces of a picture.

    Raises:
        ImageError: it cannot be read.
    """
    analyser = photo_analyser()
    faces = analyser.faces(read_image(image))
    probes = []
    for face, vector in zip(faces, analyser.vectors(faces), strict=True):
        left, top, right, bottom = face.face.box.ltrb
        template = Template.mean(vector[None], analyser.model_id)
        record = {"image": str(image), "box_ltrb": face.face.box.ltrb}
        probes.append(Probe(template, record, f"{image}: the face at {left},{top} to {right},{bottom}"))
    return probes


def nearest(gallery: Gallery, probe: Template, rate: float, *, without: Person | None) -> list[Candidate]:
    """The nearest people but one, nearest first."""
    ranked = gallery.rank(probe, gallery.strictness(rate).pair_rate, top=_NEAREST + 1)
    return [candidate for candidate in ranked if candidate.person != without][:_NEAREST]
