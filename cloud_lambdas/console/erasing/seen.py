"""Where they were seen: pictures with every version, links to them, the audit's objects, and the sightings.

A sighting is what all the others are found by, so it is rewritten last; see :mod:`cloud_lambdas.sightings.nameless` for
what stays of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from argus.core.errors import CollectionConflict
from argus.storage.erasing import Progress
from argus.storage.failpoints import failpoint
from argus.storage.s3_versions import S3Versions
from cloud_lambdas.console.erasing.audited import LateAudit
from cloud_lambdas.console.erasing.pictured import picture_of
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.erasing.whom import Whom
from cloud_lambdas.shared.erased_pictures import ErasedPictures
from cloud_lambdas.sightings.audit import AuditBucket
from cloud_lambdas.sightings.nameless import came_late, nameless, names, pictureless, shows
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.table import SightingsTable

WRITERS = 8
"""Sightings that are rewritten at the same time."""

ATTEMPTS = 20
"""Of rewriting a sighting that somebody corrects meanwhile."""


class SeenEraser:
    """Repeating it goes on wherever an earlier run ended.

    Args:
        audit_versions: the audit's bucket.
        late_audit: the audit's objects whose sightings have gone.
        snapshots: the bucket of pictures.
        erased: keeps links from a picture that a device sends after this.
    """

    def __init__(
        self,
        *,
        sightings: SightingsTable,
        audit: AuditBucket,
        audit_versions: S3Versions,
        late_audit: LateAudit,
        snapshots: S3Versions,
        erased: ErasedPictures,
        now: Callable[[], datetime],
    ) -> None:
        self._sightings = sightings
        self._audit = audit
        self._audit_versions = audit_versions
        self._late_audit = late_audit
        self._snapshots = snapshots
        self._erased = erased
        self._now = now

    def finds(self, whom: Whom) -> bool:
        """Whether anything names them."""
        every = list(self._sightings.everything())
        named = {one.event.event_id for one in every if names(one, whom.id)}
        return bool(named or self._late_audit.find(whom, {one.event.event_id for one in every}, named).versions)

    def erase(self, whom: Whom, tally: Tally, progress: Progress) -> None:
        """Erases it; also the pictures that devices sent of others who were erased before."""
        event_ids, named = set(), []
        for sighting in self._sightings.everything():
            event_ids.add(sighting.event.event_id)
            if names(sighting, whom.id) or came_late(sighting):
                named.append(sighting)
        shown = [one for one in named if shows(one, whom.id) or came_late(one)]
        of_strangers = {other.event.event_id: other for one in shown for other in self._of_strangers(one)}
        forgotten = self._late_audit.find(whom, event_ids, {one.event.event_id for one in named})
        pictures = {key for one in (*shown, *of_strangers.values()) if (key := picture_of(one)) is not None}
        self._erase_pictures(sorted(pictures | forgotten.pictures), tally, progress)
        failpoint("cloud.erasing.pictures")
        self._late_audit.remove(forgotten, tally)
        failpoint("cloud.erasing.late_audit")
        locked = {one.version.key for one in tally.left}
        strangers = [one for one in of_strangers.values() if picture_of(one) not in locked]
        self._rewrite_all(strangers, pictureless, tally, progress)
        failpoint("cloud.erasing.strangers")

        def clean(sighting: Sighting) -> Sighting:
            """What is locked stays named in it, for whoever erases again."""
            snapshot = sighting.event.snapshot if picture_of(sighting) in locked else None
            bare = nameless(sighting, whom.id)
            return replace(bare, event=replace(bare.event, snapshot=snapshot)) if snapshot is not None else bare

        self._rewrite_all(named, clean, tally, progress)

    def _of_strangers(self, sighting: Sighting) -> list[Sighting]:
        """What was told of the same visit before it was known who came."""
        visit = self._sightings.of_visit(sighting.event.visit_id)
        return [one for one in visit if one.event.kind == "unknown" and one.meant is None and one.event.snapshot]

    def _erase_pictures(self, keys: list[str], tally: Tally, progress: Progress) -> None:
        for done, key in enumerate(keys, start=1):
            self._erased.add(key, self._now())
            tally.remove_object(self._snapshots, key, "snapshots")
            progress("pictures erased", done, len(keys))
        if keys:
            tally.removed["links"] += self._erased.unlink(set(keys))

    def _rewrite_all(
        self, sightings: Sequence[Sighting], clean: Callable[[Sighting], Sighting], tally: Tally, progress: Progress
    ) -> None:
        with ThreadPoolExecutor(WRITERS) as pool:
            for done, audited in enumerate(pool.map(lambda one: self._rewrite(one, clean), sightings), start=1):
                tally.removed["sightings"] += 1
                tally.add(audited)
                progress("sightings made nameless", done, len(sightings))

    def _rewrite(self, sighting: Sighting, clean: Callable[[Sighting], Sighting]) -> Tally:
        """What was removed of the audit, and what its bucket does not give up."""
        audited = Tally()
        for _ in range(ATTEMPTS):
            # The audit first: what is written there keeps a function that comes late from writing whom it remembers.
            audited.left.clear()  # all of it is tried again
            audited.remove(self._audit_versions, self._audit.rewrite(clean(sighting)))
            failpoint("cloud.erasing.audited")
            if self._sightings.rewrite(clean(sighting)):
                failpoint("cloud.erasing.sighting")
                return audited
            latest = self._sightings.latest(sighting.event.event_id)
            if latest is None:
                return audited  # it expired in this moment
            sighting = latest
        raise CollectionConflict("others keep correcting a sighting of the person: erase them again")
