"""What devices can still get of somebody: the collection, which the publisher makes anew without them."""

from __future__ import annotations

from collections.abc import Iterator

from argus.core.head import Statement
from argus.core.receipt import Remainder
from argus.core.topics import segment
from argus.storage.erasing import holding
from argus.storage.heads import followed_heads
from argus.storage.s3 import S3Store
from argus.storage.s3_versions import S3Versions
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.shared import environment as names


class PublishedCollection:
    """The stack's collection, with all its versions."""

    def __init__(self, stack: Stack) -> None:
        self.collection_id = segment(stack.environment().get(names.COLLECTION) or "people", "collection id")
        place = (stack.output("CollectionsBucket"), f"collections/{self.collection_id}", stack.clients.s3)
        self.store, self.versions = S3Store(*place), S3Versions(*place)

    def holds(self, person_id: str) -> bool:
        """Whether any version of any part of it holds that person; all are read."""
        return bool(holding(self.versions, person_id, lambda what, done, total: None))

    def statements(self) -> tuple[Statement, ...]:
        """Of the heads that devices follow."""
        return tuple(one.head.statement for one in followed_heads(self.store))

    def remains(self, *, is_gone: bool) -> Iterator[Remainder]:
        """What is left here."""
        if not is_gone:
            yield Remainder(
                f"the person in {self.versions.place}",
                "when the publisher has done what it was told: see its log, then erase again",
            )
