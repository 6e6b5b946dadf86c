"""What they were enrolled with: photos with every version, faces, verdicts, and what is said of them to others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from argus.core.admission import Doubt
from argus.core.errors import CollectionConflict
from argus.enrolment.naming import person_id as id_of
from argus.storage.erasing import Progress, erase_photos
from argus.storage.failpoints import failpoint
from argus.storage.s3_versions import S3Versions
from cloud_lambdas.console.erasing.labelled import LabelledPhotos
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.erasing.whom import Whom
from cloud_lambdas.enrolment.stores import Stores
from cloud_lambdas.enrolment.verdicts_table import NOBODYS, PhotoVerdict

ATTEMPTS = 20
"""Of taking a face or verdict away that others keep changing."""

SENTENCE = "somebody who is not enrolled any more stood against it: send it again"
"""To whoever sent a photo that was refused because of the person."""

_NAMING = (Doubt.COLLISION.value, Doubt.DUPLICATE.value, NOBODYS)
"""Reasons whose sentences name others than whose photo it is."""


class EnrolledEraser:
    """Repeating it goes on wherever an earlier run ended.

    Args:
        photos: the photos' bucket.
        people_photos: the part of it below ``people/``.
    """

    def __init__(self, stores: Stores, photos: S3Versions, people_photos: S3Versions) -> None:
        self._stores = stores
        self._photos = photos
        self._people_photos = people_photos
        self._labelled = LabelledPhotos(stores.photos, photos)

    def erase(self, whom: Whom, tally: Tally, progress: Progress) -> None:
        """Erases it.

        Raises:
            CollectionConflict: others kept changing what has to go: do it again.
        """
        # Counted first: the function of enrolment takes faces and verdicts away as soon as their photos have gone.
        faces = self._stores.faces.of(whom.id)
        keys = {one.photo_key for one in self._stores.verdicts.everything() if one.person_id in whom.ids}
        tally.removed["faces"] += len(faces)
        tally.removed["verdicts"] += len(keys)
        self._erase_photos(whom, keys | {key for one in faces for key in one.photos}, tally, progress)
        failpoint("cloud.erasing.photos")
        _again(lambda: self._delete_faces(whom))
        failpoint("cloud.erasing.faces")
        _again(lambda: self._delete_verdicts(whom, tally))
        failpoint("cloud.erasing.verdicts")

    def _erase_photos(self, whom: Whom, keys: set[str], tally: Tally, progress: Progress) -> None:
        def is_theirs(reference: str) -> bool:
            if reference in whom.words:
                return True
            return id_of(reference) in whom.ids and self._stores.people.find(reference) is None

        photos, versions, left = erase_photos(self._people_photos, is_theirs, progress)
        tally.removed["photos"] += photos
        tally.removed["object_versions"] += versions
        tally.left += left
        for key in sorted(keys):
            tally.remove_object(self._photos, key, "photos")
        tally.remove(self._photos, self._labelled.of(is_theirs, progress), "photos")

    def _delete_faces(self, whom: Whom) -> None:
        for face in self._stores.faces.of(whom.id):
            self._stores.faces.delete(face, self._stores.faces.generation())

    def _delete_verdicts(self, whom: Whom, tally: Tally) -> None:
        for verdict in self._stores.verdicts.everything():
            if verdict.person_id in whom.ids:
                self._stores.verdicts.delete(verdict)
            elif verdict.former_id == whom.id or _names(verdict, whom):
                self._stores.verdicts.write(_without(verdict, whom), verdict)
                tally.removed["mentions_in_verdicts"] += 1


def _names(verdict: PhotoVerdict, whom: Whom) -> bool:
    return verdict.reason in _NAMING and whom.is_told_of(verdict.sentence)


def _without(verdict: PhotoVerdict, whom: Whom) -> PhotoVerdict:
    """The verdict on somebody else's photo; the publisher hears of this person by the erasure itself."""
    former_id = None if verdict.former_id == whom.id else verdict.former_id
    return replace(verdict, former_id=former_id, sentence=SENTENCE if _names(verdict, whom) else verdict.sentence)


def _again(task: Callable[[], None]) -> None:
    for left in reversed(range(ATTEMPTS)):
        try:
            return task()
        except CollectionConflict:
            if not left:
                raise
