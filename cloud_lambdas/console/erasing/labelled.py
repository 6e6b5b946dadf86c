"""Photos outside the people's folders, with every version: metadata or tags say whose they are, and nothing else does.

What is known of a photo goes with it, or 30 days later, and its earlier versions stay for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

from argus.storage.erasing import Progress
from argus.storage.s3_versions import S3Versions
from argus.storage.versions import BlobVersion
from cloud_lambdas.enrolment.photos_bucket import PhotosBucket
from cloud_lambdas.enrolment.whose import PERSON, folder_of

READERS = 8
"""Versions that are asked at the same time, two requests each."""


class LabelledPhotos:
    """Each version is asked once: who looks again asks those that have come since."""

    def __init__(self, photos: PhotosBucket, versions: S3Versions) -> None:
        self._photos = photos
        self._versions = versions
        self._labels: dict[BlobVersion, frozenset[str]] = {}

    def of(self, is_theirs: Callable[[str], bool], progress: Progress) -> list[BlobVersion]:
        """The versions that are said to be theirs, of each object the mark of its deletion last.

        Where that is the object's newest version all of it goes: else what somebody had replaced would be back.

        Args:
            is_theirs: whether a label means them.
        """
        listed = [one for one in self._versions.versions("") if folder_of(one.key) is None]
        self._ask([one for one in listed if not one.is_marker and one not in self._labels], progress)
        named = {label for label in frozenset().union(*self._labels.values()) if is_theirs(label)}
        found: list[BlobVersion] = []
        for key, versions in groupby(listed, lambda one: one.key):
            whole = list(versions)
            held = [one for one in whole if not one.is_marker]
            theirs = [one for one in held if not named.isdisjoint(self._labels[one])]
            if theirs:
                found += whole if theirs == held or self._is_newest(key, theirs) else theirs
        return found

    def _ask(self, versions: list[BlobVersion], progress: Progress) -> None:
        def labels(version: BlobVersion) -> frozenset[str]:
            found = self._photos.labels(version.key, version.version_id, PERSON)
            return frozenset(label.strip() for label in found)

        with ThreadPoolExecutor(READERS) as pool:
            for done, (version, said) in enumerate(zip(versions, pool.map(labels, versions), strict=True), start=1):
                self._labels[version] = said
                progress("photos asked whose they are", done, len(versions))

    def _is_newest(self, key: str, theirs: list[BlobVersion]) -> bool:
        return self._photos.version(key) in {one.version_id for one in theirs}
