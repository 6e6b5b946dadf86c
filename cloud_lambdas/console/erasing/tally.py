"""What an erasure has removed so far, and what it could not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from argus.storage.erasing import Left
from argus.storage.versions import BlobVersion, NotRemovable, VersionedStore

REMOVED = (
    "photos",
    "faces",
    "verdicts",
    "mentions_in_verdicts",
    "sightings",
    "snapshots",
    "links",
    "audit_objects",
    "dead_letters",
    "cool_downs",
    "object_versions",
)
"""What is counted. Of sightings it is how many are nameless now; of audit objects, those to which none led."""


@dataclass
class Tally:
    """Counts by what was removed; ``left``: versions that their bucket does not give up."""

    removed: Counter[str] = field(default_factory=Counter)
    left: list[Left] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """For the receipt."""
        return {what: self.removed[what] for what in REMOVED}

    def remove(self, versions: VersionedStore, found: Iterable[BlobVersion], what: str | None = None) -> None:
        """Removes these versions; an object with several counts once as ``what``, if that is said."""
        keys = set()
        for version in found:
            with suppress(NotRemovable):
                versions.remove(version)
                keys.add(version.key)
                self.removed["object_versions"] += 1
                continue
            self.left.append(Left(versions.place, version, versions.locked_until(version)))
        if what is not None:
            self.removed[what] += len(keys)

    def add(self, other: Tally) -> None:
        """What was removed elsewhere, or at the same time."""
        self.removed += other.removed
        self.left += other.left

    def remove_object(self, versions: VersionedStore, key: str, what: str) -> None:
        """Removes every version of one object."""
        self.remove(versions, [one for one in versions.versions(key) if one.key == key], what)
