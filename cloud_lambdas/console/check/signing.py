"""The key that signs collections, and what devices follow."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from argus.core.errors import ArgusError
from argus.core.finding import Finding, fault, note, ok, refused
from argus.core.head import Head
from argus.storage.heads import followed_heads
from argus.storage.s3 import S3Store
from argus.storage.signing import P256Verifier
from argus.storage.signing_kms import KmsSigner
from cloud_lambdas.console.check.account import Account


def check_signing(account: Account) -> Iterator[Finding]:
    """The key can be used, and vouches for every head that devices follow."""
    stack, clients = account.stack, account.stack.clients
    collection = stack.parameters.get("Collection") or "people"
    try:
        verifier = KmsSigner(clients.kms, stack.output("SigningKeyArn")).verifier
        heads = followed_heads(S3Store(stack.output("CollectionsBucket"), f"collections/{collection}", clients.s3))
    except ArgusError as error:
        yield refused("signing", error)
        return
    if not heads:
        yield note("signing", f"the key {verifier.key_id} can be used; nothing of {collection} was published so far")
    for one in heads:
        number, key = one.head.statement.sequence, verifier.key_id
        if _vouches(verifier, one.head):
            yield ok("signing", f"version {number} of {collection} ({one.key}) is signed by the stack's key {key}")
        else:
            yield fault(
                "signing",
                f"version {number} of {collection} ({one.key}) is not signed by the stack's key {key}",
                "give the stack the key that signed it (scripts/deploy --set SigningKey=ARN), or sign it with this one "
                "(argus collection sign)",
            )


def _vouches(verifier: P256Verifier, head: Head) -> bool:
    return any(
        one.key_id == verifier.key_id and verifier.verifies(head.signed, base64.b64decode(one.signature))
        for one in head.signatures
    )
