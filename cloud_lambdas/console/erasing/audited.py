"""What the audit bucket has beside the sightings: objects whose sighting has expired, what rules could not hand on, and
earlier versions that were locked when their sighting was rewritten.

They are read one by one, since nothing else says whom they name. Of the others the sighting is known, so that the
audit of a year costs a list of its keys and no more.
"""

from __future__ import annotations

import base64
import binascii
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from argus.storage.s3_versions import S3Versions
from argus.storage.versions import BlobVersion
from cloud_lambdas.console.erasing.pictured import own_picture
from cloud_lambdas.console.erasing.tally import Tally
from cloud_lambdas.console.erasing.whom import Whom

EVENTS, FAILED = "events/", "failed-rules/"
READERS = 8
_ID_CHARACTERS = 36


@dataclass(frozen=True)
class Forgotten:
    """Versions that name somebody, and the keys of pictures that they tell of."""

    versions: tuple[BlobVersion, ...]
    pictures: frozenset[str]


class LateAudit:
    """See the module."""

    def __init__(self, bucket: S3Versions) -> None:
        self._bucket = bucket

    def find(self, whom: Whom, known: set[str], named: set[str]) -> Forgotten:
        """What names somebody.

        Args:
            known: ids of the events of which there is a sighting; of their objects the corrections alone are looked
                at, one of which may have been written without the sighting's hearing of it, and what has several
                versions.
            named: of those whose sightings name the person; whoever rewrites them rewrites their objects.
        """
        events = self._bucket.versions(EVENTS)
        several = {one.key for one, other in pairwise(events) if one.key == other.key}
        listed = [one for one in events if _is_forgotten(one.key, known, named, one.key in several)]
        listed += self._bucket.versions(FAILED)
        held = [one for one in listed if not one.is_marker]
        with ThreadPoolExecutor(READERS) as pool:
            told = list(pool.map(lambda one: self._told(one, whom), held))
        theirs = {one: key for one, (names, key) in zip(held, told, strict=True) if names}
        # Where there is a sighting, it knows its picture, and what its object says by now stays.
        keys = {one.key for one in theirs if _event_id(one.key) not in known}
        pictures = frozenset(key for one, key in theirs.items() if one.key in keys and key is not None)
        return Forgotten(tuple(one for one in listed if one in theirs or one.key in keys), pictures)

    def remove(self, forgotten: Forgotten, tally: Tally) -> None:
        """Removes it, marks of deletion as well."""
        tally.remove(self._bucket, forgotten.versions, "audit_objects")

    def _told(self, version: BlobVersion, whom: Whom) -> tuple[bool, str | None]:
        """Whether an object names somebody, and which picture it tells of."""
        data = self._bucket.read(version)
        if data is None:
            return False, None
        try:
            document = json.loads(data)
            if version.key.startswith(FAILED):
                return whom.is_in_event(base64.b64decode(document["base64OriginalPayload"])), None
            event = document.get("event") or {}
            found = {_id(document.get("person")), _id(event.get("person"))}
            return whom.id in found, own_picture(event.get("snapshot"), (event.get("device") or {}).get("thing"))
        except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
            return whom.is_in_text(data.decode(errors="replace")), None


def _event_id(key: str) -> str:
    return key.rpartition("/")[2][:_ID_CHARACTERS]


def _is_forgotten(key: str, known: set[str], named: set[str], has_several: bool) -> bool:
    event_id = _event_id(key)
    is_events = key.endswith(f"/{event_id}.json")
    return event_id not in known or (event_id not in named and (has_several or not is_events))


def _id(person: Any) -> str | None:
    found: str | None = None if person is None else person["id"]
    return found
