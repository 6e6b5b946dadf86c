"""Which heads are believed: those signed by a key that is trusted, not expired, and not older than what is known.

A head is signed over the exact bytes of :attr:`Head.signed`. Each signature names its key by an id; a head may carry
several, and one good signature of one trusted key is enough, so that a key can be replaced while some readers know the
old key only and others the new one. The cryptography comes in through :class:`argus.core.ports.Verifier`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from argus.core.canonical import time_text
from argus.core.errors import HeadRefused
from argus.core.head import Head, Signature, Statement, encode_statement
from argus.core.ports import Signer, Verifier


@dataclass(frozen=True)
class TrustPolicy:
    """What a reader asks of a head.

    Attributes:
        verifiers: the keys that are trusted, any one of them; with none, signatures are not asked for.
        now: the time, aware UTC.
        collection_id: the collection that is followed, so that no other one signed by the same key is passed off as it;
            None takes the first that comes.
    """

    verifiers: tuple[Verifier, ...]
    now: Callable[[], datetime]
    collection_id: str | None = None

    def verify(self, head: Head, accepted: Statement | None = None) -> None:
        """Returns when ``head`` may be used, and raises otherwise.

        Args:
            accepted: what the reader last accepted and still has.

        Raises:
            HeadRefused: with the first reason that holds, signatures first: of what nobody vouches for nothing is said.
        """
        self.verify_signature(head)
        statement = head.statement
        followed = accepted.collection_id if accepted else self.collection_id
        if followed is not None and statement.collection_id != followed:
            raise HeadRefused(
                "other_collection",
                f"the head is of collection {statement.collection_id!r}, not {followed!r}: check where it comes from",
            )
        if statement.expires_at is not None and self.now() >= statement.expires_at:
            raise HeadRefused(
                "expired",
                f"the head expired at {time_text(statement.expires_at)}: sign it again with `argus collection sign`, "
                "or set this machine's clock",
            )
        # Beside each other, the heads of two models are numbered apart.
        if accepted is None or accepted.model_id != statement.model_id:
            return
        check_erasures(statement, accepted)
        if _is_older(statement, accepted):
            raise HeadRefused(
                "older",
                f"the head has number {statement.sequence}, and number {accepted.sequence} was accepted before: "
                "to go back to an older version use `argus collection rollback`",
            )

    def verify_signature(self, head: Head) -> None:
        """The part of :meth:`verify` that also holds for what was accepted long ago: that a trusted key signed it.

        Raises:
            HeadRefused: unsigned, unknown_key or bad_signature.
        """
        if not self.verifiers:
            return
        if not head.signatures:
            raise HeadRefused(
                "unsigned", "the head is not signed: look at what it says, then `argus collection sign --adopt` it"
            )
        pairs = list(self._known(head))
        if not pairs:
            theirs = ", ".join(sorted({one.key_id for one in head.signatures}))
            ours = ", ".join(sorted(verifier.key_id for verifier in self.verifiers))
            raise HeadRefused(
                "unknown_key",
                f"the head is signed with {theirs}, and {ours} is trusted: trust that key or sign with a trusted one",
            )
        if not any(verifier.verifies(head.signed, signature) for verifier, signature in pairs):
            raise HeadRefused(
                "bad_signature", "the head's signature is not of what it says: the head was altered, restore it"
            )

    def _known(self, head: Head) -> Iterator[tuple[Verifier, bytes]]:
        for one in head.signatures:
            for verifier in self.verifiers:
                if (one.algorithm, one.key_id) == (verifier.algorithm, verifier.key_id):
                    yield verifier, _decode(one.signature)


def check_erasures(statement: Statement, known: Statement) -> None:
    """Returns when nobody can be in ``statement`` who was erased before ``known`` was issued.

    Statements of two collections, or of two models, whose numbers are counted apart, say nothing of one another.

    Raises:
        HeadRefused: erased.
    """
    if (statement.collection_id, statement.model_id) != (known.collection_id, known.model_id):
        return
    if statement.minimum_sequence < known.minimum_sequence:
        raise HeadRefused(
            "erased",
            f"somebody was erased as number {known.minimum_sequence}, of which the head knows nothing: erase again "
            f"whom the receipts name, then `argus collection sign --minimum {known.minimum_sequence}`",
        )


def sign(statement: Statement, signers: Sequence[Signer]) -> Head:
    """A head with a signature of each of ``signers``."""
    message = encode_statement(statement)
    return Head(
        statement,
        tuple(
            Signature(
                signer.verifier.algorithm,
                signer.verifier.key_id,
                base64.b64encode(signer.sign(message)).decode("ascii"),
            )
            for signer in signers
        ),
    )


def lifetime_of(statement: Statement) -> timedelta | None:
    """How long it is to be trusted; None for ever."""
    return None if statement.expires_at is None else statement.expires_at - statement.issued_at


def reissued(
    before: Statement,
    manifest_sha256: str,
    now: datetime,
    lifetime: timedelta | None,
    *,
    after: int = 0,
    minimum_sequence: int = 0,
) -> Statement:
    """The next statement of the same collection.

    Args:
        after: a number that it has to be above as well.
        minimum_sequence: which number nothing is gone back below from now on; what was higher before stays.
    """
    minimum_sequence = max(before.minimum_sequence, minimum_sequence)
    return replace(
        before,
        sequence=max(before.sequence, after, minimum_sequence - 1) + 1,
        minimum_sequence=minimum_sequence,
        manifest_sha256=manifest_sha256,
        issued_at=now,
        expires_at=None if lifetime is None else now + lifetime,
    )


def _is_older(statement: Statement, accepted: Statement) -> bool:
    """Also when there are two of one number: the one that came first stays."""
    if statement.sequence == accepted.sequence:
        return statement != accepted
    return statement.sequence < accepted.sequence


def _decode(signature: str) -> bytes:
    """Base64 in its one spelling; anything else is no signature, as empty bytes are none."""
    try:
        data = base64.b64decode(signature, validate=True)
    except ValueError:  # binascii.Error, or text that is not ASCII
        return b""
    return data if base64.b64encode(data).decode("ascii") == signature else b""
