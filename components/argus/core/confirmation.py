"""What a device says that it uses, in the collection's own place, for whoever waits for all of them to have a version.

``devices/<thing>.json`` is canonical JSON::

    {"schema": "argus.confirmation/1", "thing": ..., "collection": ..., "sequence": 7, "version": "<sha256>",
     "model_id": ..., "confirmed_at": "2024-05-01T12:30:00.000000Z"}

It is not signed: it is the word of whoever may write that key, and proves nothing to anybody who doubts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.core.canonical import count, json_object, text, time_text, to_canonical_json, utc_time
from argus.core.collection import is_sha256
from argus.core.errors import CollectionDamaged
from argus.core.topics import segment, thing_name

SCHEMA = "argus.confirmation/1"
MAX_CONFIRMATION_BYTES = 4 * 1024


@dataclass(frozen=True)
class Confirmation:
    """One device uses one version, and keeps no older one.

    Attributes:
        thing: the device: letters, digits and ``:_-``.
        collection_id, sequence, version, model_id: of the head that it follows.
        confirmed_at: when it said so, aware UTC, by its own clock.
    """

    thing: str
    collection_id: str
    sequence: int
    version: str
    model_id: str
    confirmed_at: datetime

    def __post_init__(self) -> None:
        thing_name(self.thing)
        segment(self.collection_id, "collection id")
        if self.sequence < 1:
            raise ValueError(f"sequence starts at 1, not {self.sequence}")
        if not is_sha256(self.version):
            raise ValueError(f"version must be a lower-case sha256, not {self.version!r}")
        if self.confirmed_at.utcoffset() != timedelta(0):
            raise ValueError(f"confirmed_at must be aware UTC, not {self.confirmed_at!r}")


def encode_confirmation(confirmation: Confirmation) -> bytes:
    """The one spelling of ``confirmation``."""
    return to_canonical_json(
        {
            "schema": SCHEMA,
            "thing": confirmation.thing,
            "collection": confirmation.collection_id,
            "sequence": confirmation.sequence,
            "version": confirmation.version,
            "model_id": confirmation.model_id,
            "confirmed_at": time_text(confirmation.confirmed_at),
        }
    )


def decode_confirmation(data: bytes) -> Confirmation:
    """Reads a confirmation.

    Raises:
        CollectionDamaged: the bytes are not what :func:`encode_confirmation` writes.
    """
    try:
        confirmation = _parse(data)
        if encode_confirmation(confirmation) != data:
            raise ValueError("it is not in canonical form")
    except ValueError as error:
        raise CollectionDamaged(f"a device's confirmation is not valid, {error}: delete it") from error
    return confirmation


def _parse(data: bytes) -> Confirmation:
    names = {"schema", "thing", "collection", "sequence", "version", "model_id", "confirmed_at"}
    fields = json_object(data, names, limit=MAX_CONFIRMATION_BYTES)
    if fields["schema"] != SCHEMA:
        raise ValueError(f"it is of another format than {SCHEMA}")
    return Confirmation(
        thing=text(fields["thing"]),
        collection_id=text(fields["collection"]),
        sequence=count(fields["sequence"]),
        version=text(fields["version"]),
        model_id=text(fields["model_id"]),
        confirmed_at=utc_time(fields["confirmed_at"]),
    )
