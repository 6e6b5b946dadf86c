"""The visit's best picture, as one that may be enrolled.

One, not all: pictures of one visit are much alike, and an average that counts them as several promises more than it
holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from argus.core.admission import Doubt, NewFace, Objection, duplicates, objections
from argus.core.calibration import Calibration
from argus.core.collection import Collection, EnrolledFace
from argus.core.explaining import POOR_WORDS
from argus.core.matching import Gallery
from argus.core.types import Person
from argus.device.records.values import KeptCrop, VisitRecord
from argus.enrolment.judge import judge
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import read_image


def best_crop(record: VisitRecord) -> KeptCrop:
    """The visit's best picture: a good one if there is any, then by its score."""
    crops = [crop for look in record.looks for crop in look.crops]
    return max(crops, key=lambda crop: (crop.poor is None, crop.quality.score))


def picture_to_enrol(
    record: VisitRecord, analyser: Callable[[], FaceAnalyser], *, force: bool
) -> tuple[NewFace | None, str | None]:
    """The visit's best picture as a face to enrol, or why there is none."""
    crop = best_crop(record)
    if crop.poor is not None and not force:
        return None, f"the pictures of the visit are {POOR_WORDS[crop.poor]}: enrol a photo, or say --force"
    rgb = read_image(crop.picture)
    verdict, _ = judge(analyser().faces(rgb), rgb.shape[1], rgb.shape[0], force=True)
    if not verdict.accepted:
        return None, verdict.message
    face = EnrolledFace(hashlib.sha256(crop.picture).hexdigest(), crop.vector)
    return NewFace(face, crop.quality.score), None


def objection_to(
    new: NewFace,
    person: Person,
    collection: Collection,
    calibration: Calibration,
    *,
    wronged: Person | None,
    force: bool,
) -> str | None:
    """What speaks against enrolling a picture, beside the person's others and everybody else's.

    Args:
        wronged: who was named wrongly in the visit. That the picture looks like them is known, and is what is being
            corrected.
        force: enrol it although it looks like somebody else, or unlike the person's others.
    """
    face = new.face
    owner = collection.face_owners.get(face.face_id)
    if owner is not None and owner.id != person.id:
        return f"this picture is enrolled for {owner.name}: correct that first"
    present = collection.find(person.id)
    own = present.faces if present is not None else ()
    found = duplicates([new], own)
    if not found and not force:
        left_out = {one.id for one in (person, wronged) if one is not None}
        others = [one for one in collection.people if one.person.id not in left_out]
        found = objections([face], own, Gallery(others, calibration))
    return _sentence(found[face.face_id], person) if found else None


def _sentence(objection: Objection, person: Person) -> str:
    if objection.doubt is Doubt.UNLIKE:
        return f"the picture does not look like the other photos of {person.name}: if it is them, say --force"
    if objection.person is not None:
        return f"the picture looks like {objection.person.name}, who is enrolled: if it is not them, say --force"
    return f"{person.name} has a photo that is almost the same: nothing is lost"
