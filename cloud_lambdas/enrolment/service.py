"""Makes what is known of a photo agree with what S3 holds of it now.

::

    S3 holds        the verdict is                            step
    --------        --------------                            ----
    anything        not told yet                              tell it: the publisher, and S3 by a tag
    nothing         none                                      done
    nothing         of a photo with a face                    take the photo from the face
    nothing         of a photo without one                    forget it
    a version       of another version, with a face           take the photo from the face
    a version       none, of another version, or taken back   judge
    a version       of this version                           done

Each step is one transaction, after which S3 is asked again; so it makes no difference which notification came, how
late, how often and in which order, and whoever dies between two steps is gone on for by whoever comes next. Of a photo
that was replaced the publisher hears once the new one is judged, so that nobody is a stranger meanwhile.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from argus.core.admission import NewFace
from argus.core.errors import CollectionConflict, UsageError
from argus.enrolment.enrol import look_at_bytes
from argus.enrolment.judge import Refusal, Verdict
from argus.storage.failpoints import failpoint
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import MAX_FILE_BYTES
from cloud_lambdas.enrolment.admission import MODEL_ID, Admission
from cloud_lambdas.enrolment.photos_bucket import StoredPhoto
from cloud_lambdas.enrolment.stores import Stores
from cloud_lambdas.enrolment.verdicts_table import ERASED, NOBODYS, RECORD, TOO_LARGE, PhotoVerdict
from cloud_lambdas.enrolment.whose import whose
from cloud_lambdas.shared.changes import Change
from cloud_lambdas.shared.enrolled_person import as_person
from cloud_lambdas.shared.faces_table import StoredFace

ATTEMPTS = 50
"""Of a step that others keep overtaking, before the photo is left to a later try."""

LONGEST_PAUSE_SECONDS = 0.5


class Enrolment:
    """See the module; for any thread.

    Args:
        analyser: finds and embeds faces; made only when a photo has to be looked at.
        largest_bytes: of a photo that is fetched.
    """

    def __init__(
        self,
        stores: Stores,
        admission: Admission,
        analyser: Callable[[], FaceAnalyser],
        now: Callable[[], datetime],
        largest_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        self._photos = stores.photos
        self._people = stores.people
        self._faces = stores.faces
        self._verdicts = stores.verdicts
        self._changes = stores.changes
        self._admission = admission
        self._analyser = analyser
        self._now = now
        self._largest_bytes = largest_bytes
        self._looked: tuple[tuple[str, str], tuple[Verdict, NewFace | None]] | None = None

    def settle(self, key: str) -> None:
        """Makes everything agree about the photo at ``key``.

        Raises:
            CollectionConflict: others were first too often.
        """
        conflicts = 0
        while True:
            try:
                if self._step(key):
                    return
            except CollectionConflict:
                conflicts += 1
                if conflicts == ATTEMPTS:
                    raise
                time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, 0.01 * 2**conflicts)))

    def _step(self, key: str) -> bool:
        """Does one step; whether there was nothing to do."""
        verdict, version = self._verdicts.find(key), self._photos.version(key)
        if verdict is not None and not verdict.told and (verdict.verdict != "removed" or version is None):
            self._tell(verdict)
        elif verdict is not None and verdict.version != version and verdict.face_id is not None:
            self._release(verdict, verdict.face_id)
        elif version is None and verdict is not None:
            self._verdicts.delete(verdict)
        elif version is not None and (verdict is None or verdict.verdict == "removed" or verdict.version != version):
            photo = self._photos.look(key)
            if photo is not None:
                self._judge(photo, verdict)
        else:
            return True
        return False

    def _tell(self, verdict: PhotoVerdict) -> None:
        if verdict.verdict != "removed":
            self._photos.mark(verdict.photo_key, verdict.version, refused=verdict.verdict == "refused")
        changed = {verdict.former_id, None if verdict.verdict == "refused" else verdict.person_id}
        for person_id in sorted(filter(None, changed)):
            self._changes.send(Change(person_id))
        failpoint("cloud.enrolment.sent")
        self._verdicts.write(replace(verdict, told=True), verdict)
        failpoint("cloud.enrolment.told")

    def _release(self, verdict: PhotoVerdict, face_id: str) -> None:
        removed = replace(
            verdict,
            verdict="removed",
            sentence="the photo was deleted or replaced",
            face_id=None,
            told=False,
            at=self._now(),
        )
        generation = self._faces.generation()
        face = self._faces.find(verdict.person_id or "", face_id)
        is_behind = face is not None and verdict.photo_key in face.photos
        self._verdicts.write(
            removed,
            verdict,
            self._faces.release(face, verdict.photo_key, generation) if face is not None and is_behind else (),
        )
        failpoint("cloud.enrolment.released")

    def _judge(self, photo: StoredPhoto, before: PhotoVerdict | None) -> None:
        try:
            known = whose(photo, self._people)
        except UsageError as error:
            self._refuse(photo, before, None, NOBODYS, str(error))
            return
        try:
            person = as_person(known)
        except UsageError as error:
            self._refuse(photo, before, known.id, RECORD, f"{error}, then send the photo again")
            return
        if known.standing == "deleted":
            self._refuse(
                photo, before, person.id, ERASED, f"{person.name} was erased: make the person anew, then send the photo"
            )
            return
        if photo.size_bytes > self._largest_bytes:
            self._refuse(
                photo,
                before,
                person.id,
                TOO_LARGE,
                f"the file has {photo.size_bytes:,} bytes, more than {self._largest_bytes:,}: save the picture smaller",
            )
            return
        verdict, new = self._look(photo)
        if new is None:
            self._refuse_by(photo, before, person.id, verdict)
            return
        admitted = self._admission.decide(person, new)
        if not admitted.verdict.accepted:
            self._refuse_by(photo, before, person.id, admitted.verdict)
            return
        photos = {**(admitted.present.photos if admitted.present is not None else {}), photo.key: photo.version}
        face = StoredFace(person.id, new.face, MODEL_ID, new.quality, photos)
        at = self._now()
        self._verdicts.write(
            PhotoVerdict(
                photo.key,
                photo.version,
                "accepted",
                "",
                admitted.verdict.message,
                at,
                person_id=person.id,
                face_id=new.face.face_id,
                former_id=_untold(before),
            ),
            before,
            [*self._faces.put(face, at, admitted.generation), self._people.still(known)],
        )
        failpoint("cloud.enrolment.written")

    def _look(self, photo: StoredPhoto) -> tuple[Verdict, NewFace | None]:
        """The photo judged by itself; not again, when only what is beside it has changed meanwhile."""
        name, looked = (photo.key, photo.version), self._looked
        if looked is not None and looked[0] == name:
            return looked[1]
        data = self._photos.read(photo)
        if data is None:
            raise CollectionConflict("the photo was replaced while it was looked at: look at the new one")
        found = look_at_bytes(self._analyser(), data)
        self._looked = (name, found)
        return found

    def _refuse_by(self, photo: StoredPhoto, before: PhotoVerdict | None, person_id: str, verdict: Verdict) -> None:
        self._refuse(photo, before, person_id, (verdict.refusal or Refusal.UNREADABLE).value, verdict.message)

    def _refuse(
        self, photo: StoredPhoto, before: PhotoVerdict | None, person_id: str | None, reason: str, sentence: str
    ) -> None:
        refused = PhotoVerdict(
            photo.key, photo.version, "refused", reason, sentence, self._now(), person_id, former_id=_untold(before)
        )
        # What is refused because they were erased says so; nothing else is said of a person once that has begun.
        still = () if person_id is None or reason == ERASED else (self._people.unless_erased(person_id),)
        self._verdicts.write(refused, before, still)
        failpoint("cloud.enrolment.written")


def _untold(before: PhotoVerdict | None) -> str | None:
    """Whose face went when the photo was replaced, which the publisher does not know yet."""
    return before.person_id if before is not None and not before.told else None
