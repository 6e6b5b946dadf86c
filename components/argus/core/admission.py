"""Which of a person's new pictures belong to them, and to nobody else?

Three objections, none of which depends on the order of the pictures:

- *duplicate*: the picture is another of the person's pictures, saved or cut differently. It adds nothing, and an
  average that counts it twice promises more than it holds.
- *unlike*: it does not look like the person's other pictures. Where nobody vouches for any of them yet, those that
  more than half of the pictures agree with are the person's.
- *collision*: recognition would take it for somebody who is enrolled already, or a new person for one.

Distances are judged by the calibration; only what makes a duplicate was measured apart from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from argus.core.calibration import Calibration
from argus.core.collection import EnrolledFace
from argus.core.matching import Candidate, Gallery, normalised_distance
from argus.core.types import Person, Template

DUPLICATE_DISTANCE = 0.15
"""Distance of two embeddings. The nearest two press photos of one person, of 789 pairs, are 0.170 apart. Of 80 photos
written anew as JPEG of quality 75 or 90, at 0.6 to 2 times their size, mirrored, or cut by a tenth at least 79 each are
nearer, as JPEG of quality 50 74, as WebP of quality 60 59, in grey 40."""

UNLIKE_RATE = 0.01
"""Share of other people's pictures that are not told from the person's own. Of 397 press photos against the others of
the same person it refused one, which shows another man; of 240 strangers' photos, each among three of somebody, it let
one in."""

COLLISION_RATE = 0.01
"""Share of new people who are taken for one of those enrolled: the rate at which people are named unless another is
wished. With 80 people enrolled from one photo, 74 of them were found when a second photo was given another name, and of
297 strangers 4 were taken for one of them."""


class Doubt(str, Enum):
    """What speaks against a picture."""

    DUPLICATE = "duplicate"
    UNLIKE = "unlike"
    COLLISION = "collision"


@dataclass(frozen=True)
class NewFace:
    """The face of a picture that somebody may be enrolled with.

    Attributes:
        quality: of two duplicates the better is kept.
    """

    face: EnrolledFace
    quality: float


@dataclass(frozen=True)
class Objection:
    """What speaks against a picture, and who or what is the cause.

    Attributes:
        person: whom it looks like, of a collision.
        face_id: the face that it repeats, of a duplicate.
    """

    doubt: Doubt
    person: Person | None = None
    face_id: str | None = None


def duplicates(new: Sequence[NewFace], own: Sequence[EnrolledFace]) -> dict[str, Objection]:
    """Those of ``new`` that repeat one of the person's ``own`` faces or a better new one, by face id."""
    kept = list(own)
    found = {}
    for one in sorted(new, key=lambda one: (-one.quality, one.face.face_id)):
        twin = next((face for face in kept if _distance(face, one.face) < DUPLICATE_DISTANCE), None)
        if twin is None:
            kept.append(one.face)
        else:
            found[one.face.face_id] = Objection(Doubt.DUPLICATE, face_id=twin.face_id)
    return found


def objections(faces: Sequence[EnrolledFace], own: Sequence[EnrolledFace], others: Gallery) -> dict[str, Objection]:
    """What speaks against adding ``faces`` to a person's ``own``, by face id.

    Args:
        faces: new ones, none of them a duplicate.
        own: those that are enrolled; none of a new person.
        others: everybody else.
    """
    together = _together(faces, own, others.calibration)
    joined = {face.face_id for face in together}
    found = {}
    for face in faces:
        rest = [*own, *(one for one in together if one is not face)]
        nearest = _nearest(others, [face])
        if nearest is not None and (face.face_id not in joined or nearest.excess < _excess(face, rest, others)):
            found[face.face_id] = Objection(Doubt.COLLISION, nearest.person)
        elif face.face_id not in joined:
            found[face.face_id] = Objection(Doubt.UNLIKE)
    # Several pictures of one person are nearer to each other than to an older one; together they tell who it is.
    nearest = _nearest(others, together) if together and not own else None
    if nearest is not None:
        found |= {face.face_id: Objection(Doubt.COLLISION, nearest.person) for face in together}
    return found


def _together(
    faces: Sequence[EnrolledFace], own: Sequence[EnrolledFace], calibration: Calibration
) -> list[EnrolledFace]:
    """Those of ``faces`` that look like ``own``, or like most of each other when there are none."""
    outside = sorted(faces, key=lambda face: face.face_id)
    joined = [] if own or not outside else [_middle(outside, calibration)]
    while outside:
        template = _template([*own, *joined])
        limit = calibration.threshold(UNLIKE_RATE, template.pictures, 1)
        outside = [face for face in outside if face not in joined]
        near = [face for face in outside if normalised_distance(calibration, template, _template([face])) <= limit]
        if not near:
            break
        joined = sorted([*joined, *near], key=lambda face: face.face_id)
    return joined if own or 2 * len(joined) > len(faces) else []


def _middle(faces: Sequence[EnrolledFace], calibration: Calibration) -> EnrolledFace:
    """The face that is nearest to all others together."""
    templates = [_template([face]) for face in faces]
    sums = [sum(normalised_distance(calibration, one, other) for other in templates) for one in templates]
    return faces[int(np.argmin(sums))]


def _nearest(others: Gallery, faces: Sequence[EnrolledFace]) -> Candidate | None:
    """Whom the mean of ``faces`` would be taken for."""
    ranked = others.rank(_template(faces), others.strictness(COLLISION_RATE).pair_rate, top=1)
    return ranked[0] if ranked and ranked[0].excess <= 0 else None


def _excess(face: EnrolledFace, rest: Sequence[EnrolledFace], others: Gallery) -> float:
    """How far outside the threshold of ``rest`` a face is, by the measure that the others are compared with."""
    if not rest:
        return float("inf")
    calibration, pair_rate = others.calibration, others.strictness(COLLISION_RATE).pair_rate
    distance = normalised_distance(calibration, _template(rest), _template([face]))
    return distance - calibration.threshold(pair_rate, len(rest), 1)


def _template(faces: Sequence[EnrolledFace]) -> Template:
    return Template.mean(np.stack([face.vector for face in faces]))


def _distance(one: EnrolledFace, other: EnrolledFace) -> float:
    return float(np.linalg.norm(one.vector.astype(np.float64) - other.vector.astype(np.float64)))
