"""The head of a collection: the one object that is ever replaced, and the one that is signed.

``head.json``::

    {"schema": "argus.head/1", "signed": "<JSON text>",
     "signatures": [{"algorithm": ..., "key_id": ..., "signature": ...}]}

``signed`` is a text and not an object, so that the exact bytes (its UTF-8) that a signature is over survive every JSON
program on the way. It says which manifest is current::

    {"schema": "argus.statement/1", "collection_id": ..., "sequence": 7, "manifest_sha256": ..., "model_id": ...,
     "issued_at": ..., "expires_at": null}

Once somebody was erased it has one field more, ``"minimum_sequence": 7``: nothing that was issued under a lower number
is gone back to. Each replacement has the next sequence; a reader that has seen a sequence never goes back to a lower
one. Several signatures allow a key to be rotated while readers know only the old or only the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.core.canonical import count, json_object, text, time_text, to_canonical_json, utc_time
from argus.core.collection import is_sha256
from argus.core.errors import CollectionDamaged
from argus.core.topics import segment

SCHEMA = "argus.head/1"
STATEMENT_SCHEMA = "argus.statement/1"
MAX_HEAD_BYTES = 16 * 1024


@dataclass(frozen=True)
class Statement:
    """What is signed.

    Attributes:
        collection_id: letters, digits and ``:_-``, for it is part of a topic.
        sequence: from 1, higher with every replacement.
        manifest_sha256: the current manifest, which is the collection's version.
        issued_at: when the head was written, aware UTC.
        expires_at: from when on it must not be trusted any more, aware UTC; None for never.
        minimum_sequence: that of the newest version from which somebody was erased, and below which somebody may be who
            was; 0 where nobody was.
    """

    collection_id: str
    sequence: int
    manifest_sha256: str
    model_id: str
    issued_at: datetime
    expires_at: datetime | None = None
    minimum_sequence: int = 0

    def __post_init__(self) -> None:
        segment(self.collection_id, "collection id")
        if self.sequence < 1:
            raise ValueError(f"sequence starts at 1, not {self.sequence}")
        if not 0 <= self.minimum_sequence <= self.sequence:
            raise ValueError(f"minimum_sequence is 0 to {self.sequence}, not {self.minimum_sequence}")
        if not is_sha256(self.manifest_sha256):
            raise ValueError(f"manifest_sha256 must be a lower-case sha256, not {self.manifest_sha256!r}")
        for moment in (self.issued_at, self.expires_at):
            if moment is not None and moment.utcoffset() != timedelta(0):
                raise ValueError(f"times must be aware UTC, not {moment!r}")


@dataclass(frozen=True)
class Signature:
    """One signature over a head's signed bytes; ``signature`` is base64."""

    algorithm: str
    key_id: str
    signature: str


@dataclass(frozen=True)
class Head:
    """A statement with the signatures over :attr:`signed`."""

    statement: Statement
    signatures: tuple[Signature, ...] = ()

    @property
    def signed(self) -> bytes:
        """The exact bytes that are signed, which are also those that were read: there is one spelling only."""
        return encode_statement(self.statement)


def encode_statement(statement: Statement) -> bytes:
    """The bytes to sign."""
    fields: dict[str, object] = {
        "schema": STATEMENT_SCHEMA,
        "collection_id": statement.collection_id,
        "sequence": statement.sequence,
        "manifest_sha256": statement.manifest_sha256,
        "model_id": statement.model_id,
        "issued_at": time_text(statement.issued_at),
        "expires_at": None if statement.expires_at is None else time_text(statement.expires_at),
    }
    if statement.minimum_sequence:
        fields["minimum_sequence"] = statement.minimum_sequence
    return to_canonical_json(fields)


def encode_head(head: Head) -> bytes:
    """The one spelling of ``head``."""
    return to_canonical_json(
        {
            "schema": SCHEMA,
            "signed": head.signed.decode(),
            "signatures": [
                {"algorithm": one.algorithm, "key_id": one.key_id, "signature": one.signature}
                for one in head.signatures
            ],
        }
    )


def decode_head(data: bytes) -> Head:
    """Reads a head.

    Raises:
        CollectionDamaged: the bytes are not what :func:`encode_head` writes.
    """
    try:
        head = _parse_head(data)
        if encode_head(head) != data:
            raise ValueError("it is not in canonical form")
    except ValueError as error:
        raise CollectionDamaged(f"the collection's head is not valid, {error}: restore it from a copy") from error
    return head


def _parse_head(data: bytes) -> Head:
    fields = json_object(data, {"schema", "signed", "signatures"}, limit=MAX_HEAD_BYTES)
    if fields["schema"] != SCHEMA:
        raise ValueError(f"it is of another format than {SCHEMA}")
    if not isinstance(fields["signatures"], list):
        raise ValueError("its signatures are not a list")
    statement = _parse_statement(text(fields["signed"]).encode())
    return Head(statement, tuple(_signature(value) for value in fields["signatures"]))


def _signature(value: object) -> Signature:
    if not isinstance(value, dict) or value.keys() != {"algorithm", "key_id", "signature"}:
        raise ValueError("one of its signatures does not consist of algorithm, key_id and signature")
    return Signature(text(value["algorithm"]), text(value["key_id"]), text(value["signature"]))


def _parse_statement(data: bytes) -> Statement:
    names = {"schema", "collection_id", "sequence", "manifest_sha256", "model_id", "issued_at", "expires_at"}
    fields = json_object(data, names, limit=MAX_HEAD_BYTES, optional={"minimum_sequence"})
    if fields["schema"] != STATEMENT_SCHEMA:
        raise ValueError(f"it is of another format than {STATEMENT_SCHEMA}")
    return Statement(
        collection_id=text(fields["collection_id"]),
        sequence=count(fields["sequence"]),
        manifest_sha256=text(fields["manifest_sha256"]),
        model_id=text(fields["model_id"]),
        issued_at=utc_time(fields["issued_at"]),
        expires_at=None if fields["expires_at"] is None else utc_time(fields["expires_at"]),
        minimum_sequence=count(fields.get("minimum_sequence", 0)),
    )
