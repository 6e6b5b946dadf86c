"""The order in which somebody leaves the cloud.

::

    nobody gets the ids that their names would make -> the record counts as erased
    -> photos, faces, verdicts -> the publisher is told to erase
    -> whatever had begun before that has ended -> sightings with their pictures, audit, links; dead letters, cool-downs
    -> the record keeps no more than that somebody was erased

Once it counts as erased no photo of theirs is taken and no event names them any more. Whatever interrupts it, the next
run goes on where this one ended; it needs no more than the id.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from argus.storage.erasing import Progress
from argus.storage.failpoints import failpoint
from argus.storage.s3_versions import S3Versions
from cloud_lambdas.console.erasing.audited import LateAudit
from cloud_lambdas.console.erasing.enrolled import EnrolledEraser
from cloud_lambdas.console.erasing.seen import SeenEraser
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.erasing.waiting import READERS, WaitingEraser
from cloud_lambdas.console.erasing.whom import Whom, whom_of
from cloud_lambdas.console.letters import QUEUES
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.enrolment.stores import open_stores
from cloud_lambdas.enrolment.whose import PEOPLE_PREFIX
from cloud_lambdas.shared.changes import Change
from cloud_lambdas.shared.erased_pictures import ErasedPictures
from cloud_lambdas.shared.redrive import DeadLetters
from cloud_lambdas.sightings.audit import AuditBucket
from cloud_lambdas.sightings.table import SightingsTable

IN_FLIGHT = timedelta(seconds=60)
"""The functions that write whom an event names may run for 45 s, so that after this none knows the record of before."""

ROUNDS = 3
"""Of looking again, as long as something new turns up."""


class CloudEraser:
    """See the module."""

    def __init__(self, stack: Stack, now: Callable[[], datetime], sleep: Callable[[float], None] = time.sleep) -> None:
        environment, clients = stack.environment(), stack.clients
        photos, audit = stack.output("PhotosBucket"), stack.output("AuditBucket")
        self._stores = open_stores(environment, clients)
        self._buckets = (
            S3Versions(photos, "", clients.s3),
            S3Versions(audit, "", clients.s3),
            S3Versions(stack.output("SnapshotsBucket"), "", clients.s3),
        )
        self._enrolled = EnrolledEraser(self._stores, self._buckets[0], S3Versions(photos, PEOPLE_PREFIX, clients.s3))
        self._seen = SeenEraser(
            sightings=SightingsTable(clients.dynamodb, stack.output("SightingsTable")),
            audit=AuditBucket(clients.s3, audit),
            audit_versions=self._buckets[1],
            late_audit=LateAudit(self._buckets[1]),
            snapshots=self._buckets[2],
            erased=ErasedPictures(clients.dynamodb, stack.output("LinksTable")),
            now=now,
        )
        queues = {kind: DeadLetters(clients.sqs, stack.output(QUEUES[kind])) for kind in READERS}
        self._waiting = WaitingEraser(queues, clients.dynamodb, stack.output("CooldownsTable"))
        self._now = now
        self._sleep = sleep

    def erase(self, person_id: str, tally: Tally, progress: Progress, *, is_enrolled: bool = False) -> Whom | None:
        """Erases somebody; also of whom nothing is known any more but what is left of them.

        Args:
            tally: where what was removed is counted.
            is_enrolled: whether the collection holds the person.

        Returns:
            Who that was; None, and no record, where there was no record of the id and nothing else of it.

        Raises:
            CollectionError: others kept changing what has to go, or a bucket cannot be read: do it again.
        """
        people = self._stores.people
        whom = whom_of(people, person_id)
        if people.called(person_id) is None and not is_enrolled and not self._finds(whom, tally, progress):
            return None
        for barred in sorted(whom.ids - {person_id}):
            people.bar(barred, self._now())
        failpoint("cloud.erasing.barred")
        ended_at = people.end(person_id, self._now())
        failpoint("cloud.erasing.ended")
        self._enrolled.erase(whom, tally, progress)
        self._stores.changes.send(Change(person_id, erase=True))
        failpoint("cloud.erasing.told")
        self._wait_until(ended_at + IN_FLIGHT, progress)
        self._seen.erase(whom, tally, progress)
        failpoint("cloud.erasing.seen")
        self._waiting.erase(whom, tally)
        if not tally.left:  # what is left is found by the name as well
            people.strip(person_id)
        failpoint("cloud.erasing.stripped")
        return whom

    def look_again(self, whom: Whom, tally: Tally, progress: Progress) -> bool:
        """Erases what has come since; whether at last nothing was found."""
        for _ in range(ROUNDS):
            before = tally.removed.total()
            tally.left.clear()
            self._enrolled.erase(whom, tally, progress)
            self._seen.erase(whom, tally, progress)
            self._waiting.erase(whom, tally)
            if tally.removed.total() == before:
                return not tally.left
        return False

    def settings(self) -> dict[str, dict[str, str]]:
        """What the buckets say of copies that they may keep."""
        return {one.place: one.settings() for one in self._buckets}

    def _finds(self, whom: Whom, tally: Tally, progress: Progress) -> bool:
        """Whether there is anything of whom there is no record; what needs none to go is gone then."""
        if self._seen.finds(whom):
            return True
        self._enrolled.erase(whom, tally, progress)
        self._waiting.erase(whom, tally)
        return bool(tally.removed.total() or tally.left)

    def _wait_until(self, moment: datetime, progress: Progress) -> None:
        whole = round(IN_FLIGHT.total_seconds())
        while (left := (moment - self._now()).total_seconds()) > 0:
            progress("seconds waited for functions that had begun before", whole - round(left), whole)
            self._sleep(min(1.0, left))
