"""What to expect of a collection, and what would make it better.

Every figure is what the calibration and the genuine scores say about a collection of this size with so many photos a
person; nobody's pictures are measured against anything but the collection itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from argus.core.admission import UNLIKE_RATE
from argus.core.calibration import Calibration, Strictness
from argus.core.collection import Enrolled
from argus.core.evidence import LOOKS, PICTURES_PER_LOOK
from argus.core.genuine import GenuineScores
from argus.core.lookalikes import LookAlikes
from argus.core.matching import Gallery, normalised_distance
from argus.core.types import Person, Template

ENOUGH_NAMED = 0.95
"""Who is named in fewer looks than this, each at one picture, needs another photo: with up to 150 people, at a wanted
1 %, those with one."""


class Want(str, Enum):
    """Why somebody's photos do not suffice."""

    MORE_PHOTOS = "more_photos"
    UNLIKE_PHOTO = "unlike_photo"


@dataclass(frozen=True)
class PhotoWanted:
    """Somebody of whom another photo is needed.

    Attributes:
        photos: how many there are.
        named: share of looks at one picture that name them, by their number of photos.
        face_ids: the photos that do not look like the person's others; empty when there are merely too few.
    """

    person: Person
    photos: int
    named: float
    face_ids: tuple[str, ...] = ()

    @property
    def want(self) -> Want:
        return Want.UNLIKE_PHOTO if self.face_ids else Want.MORE_PHOTOS


@dataclass(frozen=True)
class Named:
    """What to expect of people with so many photos.

    Attributes:
        people: how many have so many.
        by_picture: share of them who are named from one picture.
        by_look: share who are named from four pictures, as a look of a visit is. An upper end: a camera's pictures of
            one moment differ less than those that were counted.
    """

    photos: int
    people: int
    by_picture: float
    by_look: float


@dataclass(frozen=True)
class Health:
    """The state of a collection.

    Attributes:
        strictness: the wanted and the expected share of strangers who are given somebody's name.
        named: by how many photos people have, ascending.
        look_alikes: people who are unusually near each other, the nearest first; matched more strictly.
        wanted: of whom another photo is needed, those with an unlike one first, then by number of photos.
    """

    people: int
    photos: int
    strictness: Strictness
    named: tuple[Named, ...]
    look_alikes: tuple[LookAlikes, ...]
    wanted: tuple[PhotoWanted, ...]

    @property
    def needs_attention(self) -> bool:
        """Whether anything should be done about it."""
        return bool(self.strictness.warning or self.look_alikes or self.wanted)


def examine(
    people: Sequence[Enrolled], calibration: Calibration, genuine: GenuineScores, false_alarm_rate: float
) -> Health:
    """The health of a collection of ``people`` at a wanted false-alarm rate.

    Raises:
        CalibrationError: the rate is not between 0 and 1.
    """
    gallery = Gallery(people, calibration)
    strictness = gallery.strictness(false_alarm_rate)
    of_a_look = gallery.strictness(false_alarm_rate / LOOKS)
    counts = Counter(len(enrolled.faces) for enrolled in people)
    named = tuple(
        Named(
            photos,
            count,
            genuine.named(calibration, strictness.pair_rate, photos, 1),
            genuine.named(calibration, of_a_look.pair_rate, photos, PICTURES_PER_LOOK),
        )
        for photos, count in sorted(counts.items())
    )
    by_picture = {one.photos: one.by_picture for one in named}
    wanted = []
    for enrolled in people:
        photos = len(enrolled.faces)
        share = by_picture[photos]
        unlike = tuple(_unlike(enrolled, calibration))
        if unlike or (share < ENOUGH_NAMED and photos < genuine.most_enrolled_pictures):
            wanted.append(PhotoWanted(enrolled.person, photos, share, unlike))
    wanted.sort(key=lambda one: (not one.face_ids, one.photos, one.person.name))
    return Health(len(people), sum(counts.elements()), strictness, named, gallery.look_alikes, tuple(wanted))


def _unlike(enrolled: Enrolled, calibration: Calibration) -> Iterator[str]:
    """Ids of faces that are not told from other people's by the person's other photos; of two that differ, both."""
    vectors = np.stack([face.vector for face in enrolled.faces])
    if len(vectors) < 2:
        return
    limit = calibration.threshold(UNLIKE_RATE, len(vectors) - 1, 1)
    for index, face in enumerate(enrolled.faces):
        rest = Template.mean(np.delete(vectors, index, axis=0), enrolled.template.model_id)
        alone = Template(face.vector, 1, enrolled.template.model_id)
        if normalised_distance(calibration, rest, alone) > limit:
            yield face.face_id
