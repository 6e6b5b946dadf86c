"""Everything that the cloud has of somebody's face and person goes; the publisher does it in the collection.

::

    no photo is taken any more -> the photos with every version -> the faces -> the verdicts
    -> the publisher is told to erase -> the record keeps no more than that somebody was erased

Repeating it goes on wherever an earlier run ended.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from argus.core.errors import CollectionConflict, CollectionError
from argus.enrolment.naming import person_id as id_of
from argus.storage.erasing import erase_photos
from argus.storage.failpoints import failpoint
from argus.storage.versions import VersionedStore
from cloud_lambdas.enrolment.stores import Stores
from cloud_lambdas.shared.changes import Change

ATTEMPTS = 20
"""Of taking a face or verdict away that others keep changing."""


class PersonEraser:
    """See the module.

    Args:
        people_photos: the part of the photos' bucket below ``people/``.
    """

    def __init__(self, stores: Stores, people_photos: VersionedStore, now: Callable[[], datetime]) -> None:
        self._stores = stores
        self._people_photos = people_photos
        self._now = now

    def erase_person(self, person_id: str) -> None:
        """Erases somebody; also of whom nothing is known any more but photos or the collection.

        Raises:
            CollectionError: photos are locked and stay, or others kept changing what has to go: do it again.
        """
        name = self._stores.people.name_to_erase(person_id) or person_id
        self._stores.people.end(person_id, self._now())
        failpoint("cloud.erasing.ended")
        self._erase_photos(person_id, name)
        failpoint("cloud.erasing.photos")
        _again(lambda: self._delete_faces(person_id))
        failpoint("cloud.erasing.faces")
        _again(lambda: self._delete_verdicts(person_id))
        failpoint("cloud.erasing.verdicts")
        self._stores.changes.send(Change(person_id, erase=True))
        failpoint("cloud.erasing.told")
        self._stores.people.strip(person_id)

    def _erase_photos(self, person_id: str, name: str) -> None:
        def is_theirs(folder: str) -> bool:
            if folder in (person_id, name):
                return True
            return id_of(folder) == person_id and self._stores.people.find(folder) is None

        _, _, left = erase_photos(self._people_photos, is_theirs)
        if left:
            raise CollectionError(
                f"{len(left)} versions of photos are locked and stay: erase the person again when the locks have ended"
            )
        keys = {verdict.photo_key for verdict in self._stores.verdicts.of_person(person_id)}
        keys |= {key for face in self._stores.faces.of(person_id) for key in face.photos}
        for key in sorted(keys):
            self._stores.photos.erase(key)

    def _delete_faces(self, person_id: str) -> None:
        for face in self._stores.faces.of(person_id):
            self._stores.faces.delete(face, self._stores.faces.generation())

    def _delete_verdicts(self, person_id: str) -> None:
        for verdict in self._stores.verdicts.of_person(person_id):
            self._stores.verdicts.delete(verdict)


def _again(task: Callable[[], None]) -> None:
    for left in reversed(range(ATTEMPTS)):
        try:
            return task()
        except CollectionConflict:
            if not left:
                raise
