"""Everybody of a collection enrolled anew with this program's model, from the photos that they were enrolled with.

A photo is found by its bytes, whatever it is called now: their sha256 is the id of its face. Each is judged by itself
again; whether it looks like somebody else, or unlike its person, was decided when it was enrolled.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from argus.core.collection import Collection
from argus.core.errors import ImageError
from argus.core.moving import WantedFace, carried_part, wanted_faces
from argus.core.types import Person, Vector
from argus.enrolment.enrol import look_at_bytes
from argus.enrolment.judge import Verdict
from argus.enrolment.ledger import RefusalLedger
from argus.enrolment.photo_places import StoredPhoto
from argus.storage.reading import Snapshot
from argus.storage.upgrading import Beside, Upgrade
from argus.vision.analyser import FaceAnalyser

KEEP_SECONDS = 10.0
"""How often what was made is kept, at most; rarer where keeping takes long, so that it never takes a tenth of all."""

_CHUNK = 256


@dataclass(frozen=True)
class LeftOut:
    """A face that could not be made anew; ``verdict`` None: its photo was not found."""

    face: WantedFace
    verdict: Verdict | None


@dataclass(frozen=True)
class Reembedded:
    """What a run came to.

    Attributes:
        side: the people of this program's model; None when the run stopped before them.
        made: how many faces were made now.
        left_out: the faces that could not be.
        lost: who has no face left.
        removed: who was taken out, because the old collection does not have them any more.
        only_new: who is in the new collection only: enrolled there since, or removed from the old one unnoticed.
    """

    side: Snapshot | None
    made: int
    left_out: tuple[LeftOut, ...]
    lost: tuple[Person, ...]
    removed: tuple[Person, ...] = ()
    only_new: tuple[Person, ...] = ()


class Reembedder:
    """Makes the faces of an upgrade.

    Args:
        photos: lists where to look for photos; asked only when a face has to be made.
        analyser: finds and embeds faces, with the model of ``upgrade``; made only then, too.
        ledger: of the photos that were refused before.
        workers: how many photos are looked at together.
        progress: called with how many photos were looked at, and of how many.
    """

    def __init__(
        self,
        upgrade: Upgrade,
        photos: Callable[[], Sequence[StoredPhoto]],
        analyser: Callable[[], FaceAnalyser],
        ledger: RefusalLedger,
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self._upgrade = upgrade
        self._photos = photos
        self._analyser = analyser
        self._ledger = ledger
        self._workers = workers
        self._progress = progress

    def run(self, *, force: bool = False) -> Reembedded:
        """Carries over what was not yet, until both collections agree; an interrupted run is gone on with by the next.

        Args:
            force: take poor photos too, as ``argus enrol --force`` does, and lose who has no face left.

        Raises:
            UsageError, CollectionError, SigningError: see :class:`argus.storage.upgrading.Upgrade`.
            ModelError: a model file is missing or damaged.
        """
        made = 0
        removed: list[Person] = []
        while True:
            beside = self._upgrade.beside()
            # Somebody may have been erased while an earlier attempt was at it.
            removed += _only_in(self._upgrade.drafted(), beside.old.collection)
            vectors = self._upgrade.made(beside)
            wanted = {one.face_id: one for one in wanted_faces(beside.carried, beside.old.collection)}
            known = len(vectors)
            verdicts = self._make({id_: one for id_, one in wanted.items() if id_ not in vectors}, vectors, force)
            made += len(vectors) - known
            left_out = tuple(LeftOut(one, verdicts.get(id_)) for id_, one in wanted.items() if id_ not in vectors)
            lost = _lost(beside, vectors)
            if lost and not force:
                return Reembedded(None, made, left_out, lost, tuple(removed))
            side = self._upgrade.complete(beside, vectors)
            removed += _only_in(beside.carried, beside.old.collection)
            if self._upgrade.is_latest(beside):
                only_new = _only_in(side.collection, beside.old.collection)
                return Reembedded(side, made, left_out, lost, tuple(dict.fromkeys(removed)), only_new)

    def _make(self, wanted: Mapping[str, WantedFace], vectors: dict[str, Vector], force: bool) -> dict[str, Verdict]:
        """Adds to ``vectors`` the faces whose photos are found and accepted; the verdicts about the others."""
        verdicts = {}
        for id_ in wanted:
            refused = self._ledger.find(id_)
            if refused is not None and not (force and refused.overrulable):
                verdicts[id_] = refused
        left = wanted.keys() - verdicts.keys()
        if not left:
            return verdicts
        new: list[tuple[WantedFace, Vector]] = []
        due = time.monotonic() + KEEP_SECONDS
        pool = ThreadPoolExecutor(self._workers)
        try:
            for id_, verdict, vector in self._looks(pool, set(left), force):
                if vector is None:
                    verdicts[id_] = verdict
                    self._ledger.add(id_, verdict)
                    continue
                vectors[id_] = vector
                new.append((wanted[id_], vector))
                if (begun := time.monotonic()) >= due:
                    self._upgrade.keep(new)
                    new.clear()
                    took = time.monotonic() - begun
                    due = begun + took + max(KEEP_SECONDS, 10 * took)
        finally:  # also when somebody interrupts it
            pool.shutdown(cancel_futures=True)
            self._upgrade.keep(new)
            self._ledger.save()
        return verdicts

    def _looks(
        self, pool: ThreadPoolExecutor, left: set[str], force: bool
    ) -> Iterator[tuple[str, Verdict, Vector | None]]:
        """Looks at photos until none is ``left``."""
        analyser, photos = self._analyser(), self._photos()

        def look(photo: StoredPhoto) -> tuple[str, Verdict, Vector | None] | None:
            try:
                data = photo.read()
            except ImageError:
                return None  # which face it is cannot be told
            id_ = hashlib.sha256(data).hexdigest()
            if id_ not in left:
                return None
            verdict, found = look_at_bytes(analyser, data, force=force)
            return id_, verdict, found.face.vector if found is not None else None

        done = 0
        for start in range(0, len(photos), _CHUNK):
            for looked in pool.map(look, photos[start : start + _CHUNK]):
                done += 1
                self._progress(done, len(photos))
                if looked is not None and looked[0] in left:
                    left.discard(looked[0])
                    yield looked
                if not left:
                    return


def _lost(beside: Beside, vectors: Mapping[str, Vector]) -> tuple[Person, ...]:
    old = beside.old.collection
    return _only_in(old, carried_part(beside.carried, old, vectors))


def _only_in(one: Collection, other: Collection) -> tuple[Person, ...]:
    """Who is in the first, and not in the second."""
    return tuple(enrolled.person for enrolled in one.people if other.find(enrolled.person.id) is None)
