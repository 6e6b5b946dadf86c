"""The manifest of a collection: which buckets it consists of. Its own sha256 is the collection's version.

``manifests/<sha256>.json`` is canonical JSON::

    {"schema": "argus.manifest/1", "model_id": ..., "created_at": ..., "people": 3, "faces": 7,
     "buckets": {"0a": {"sha256": ..., "bytes": 5120, "people": 1}, ...}}

It may also say ``"sequence": 7``, the number under which it was first issued. Empty buckets are left out. With the
buckets it is a hash tree of two levels: whoever trusts the version can check everything else. The sizes let a reader
refuse an object before it is fetched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from argus.core.canonical import count, json_object, text, time_text, to_canonical_json, utc_time
from argus.core.collection import BUCKETS, is_sha256
from argus.core.errors import CollectionDamaged

SCHEMA = "argus.manifest/1"
MAX_MANIFEST_BYTES = 64 * 1024
"""A manifest with all 256 buckets has some 30 KB."""

MAX_BUCKET_BYTES = 32 * 1024 * 1024
"""About 60,000 faces; 100,000 people with ten photos each have some 4,000 in a bucket."""


@dataclass(frozen=True)
class BucketEntry:
    """What a manifest says of one bucket: the sha256 and length of its bytes, and how many people it holds."""

    sha256: str
    size_bytes: int
    people: int

    def __post_init__(self) -> None:
        if not is_sha256(self.sha256):
            raise ValueError(f"a bucket's hash must be a sha256 in lower-case hexadecimal, not {self.sha256!r}")
        if not 0 < self.size_bytes <= MAX_BUCKET_BYTES:
            raise ValueError(f"a bucket has 1 to {MAX_BUCKET_BYTES} bytes, not {self.size_bytes}")
        if self.people < 1:
            raise ValueError(f"a bucket holds at least one person, not {self.people}")


@dataclass(frozen=True)
class Manifest:
    """One version of a collection.

    Attributes:
        buckets: bucket number -> what it holds, ascending.
        people, faces: how many in all.
        created_at: when this version was made, aware UTC.
        sequence: the number of the head that first named it; 0 where that is not known.
    """

    model_id: str
    created_at: datetime
    people: int
    faces: int
    buckets: Mapping[int, BucketEntry]
    sequence: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "buckets", MappingProxyType(dict(sorted(self.buckets.items()))))
        if self.created_at.utcoffset() != timedelta(0):
            raise ValueError(f"created_at must be aware UTC, not {self.created_at!r}")
        if self.sequence < 0:
            raise ValueError(f"sequence is at least 0, not {self.sequence}")
        if any(not 0 <= number < BUCKETS for number in self.buckets):
            raise ValueError(f"buckets are numbered 0 to {BUCKETS - 1}")
        if self.people != sum(entry.people for entry in self.buckets.values()) or self.faces < self.people:
            raise ValueError("the counts of people and faces do not agree with the buckets")


def encode_manifest(manifest: Manifest) -> bytes:
    """The one spelling of ``manifest``."""
    fields: dict[str, object] = {
        "schema": SCHEMA,
        "model_id": manifest.model_id,
        "created_at": time_text(manifest.created_at),
        "people": manifest.people,
        "faces": manifest.faces,
        "buckets": {
            f"{number:02x}": {"sha256": entry.sha256, "bytes": entry.size_bytes, "people": entry.people}
            for number, entry in manifest.buckets.items()
        },
    }
    if manifest.sequence:
        fields["sequence"] = manifest.sequence
    return to_canonical_json(fields)


def decode_manifest(data: bytes, expected_sha256: str) -> Manifest:
    """Reads and checks a manifest.

    Raises:
        CollectionDamaged: the bytes do not have that hash, or are not what :func:`encode_manifest` writes.
    """
    if hashlib.sha256(data).hexdigest() != expected_sha256:
        raise CollectionDamaged(f"manifest {expected_sha256[:12]} was altered: restore the collection from a copy")
    try:
        manifest = _parse(data)
        if encode_manifest(manifest) != data:
            raise ValueError("it is not in canonical form")
    except ValueError as error:
        raise CollectionDamaged(
            f"manifest {expected_sha256[:12]} is not valid, {error}: restore the collection from a copy"
        ) from error
    return manifest


def _parse(data: bytes) -> Manifest:
    names = {"schema", "model_id", "created_at", "people", "faces", "buckets"}
    fields = json_object(data, names, limit=MAX_MANIFEST_BYTES, optional={"sequence"})
    if fields["schema"] != SCHEMA:
        raise ValueError(f"it is of another format than {SCHEMA}")
    if not isinstance(fields["buckets"], dict):
        raise ValueError("its buckets are not an object")
    return Manifest(
        model_id=text(fields["model_id"]),
        created_at=utc_time(fields["created_at"]),
        people=count(fields["people"]),
        faces=count(fields["faces"]),
        buckets={_number(key): _entry(value) for key, value in fields["buckets"].items()},
        sequence=count(fields.get("sequence", 0)),
    )


def _number(key: str) -> int:
    if not re.fullmatch("[0-9a-f]{2}", key):
        raise ValueError(f"{key!r} is not the number of a bucket")
    return int(key, 16)


def _entry(value: object) -> BucketEntry:
    if not isinstance(value, dict) or value.keys() != {"sha256", "bytes", "people"}:
        raise ValueError("one of its buckets is not described by sha256, bytes and people")
    return BucketEntry(text(value["sha256"]), count(value["bytes"]), count(value["people"]))
