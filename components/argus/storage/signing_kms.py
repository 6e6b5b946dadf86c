"""Signing with a key that never leaves AWS KMS (key spec ECC_NIST_P256, usage SIGN_VERIFY)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from argus.core.errors import SigningError
from argus.storage.signing import P256Verifier, one_spelling

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsSigner:
    """One asymmetric key in KMS; its public half is asked for once.

    Args:
        client: boto3's, of the key's region.
        key: id, alias (``alias/...``) or ARN.

    Raises:
        SigningError: KMS cannot be reached or refuses, or the key is of another kind.
    """

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key
        try:
            public = client.get_public_key(KeyId=key)
        except (BotoCoreError, ClientError) as error:
            raise _failed(key, error) from error
        try:
            self.verifier = P256Verifier(load_der_public_key(public["PublicKey"]))
        except (ValueError, UnsupportedAlgorithm, SigningError) as error:
            raise SigningError(
                f"the KMS key {key} cannot sign collections: make one with key spec ECC_NIST_P256, usage SIGN_VERIFY"
            ) from error

    def sign(self, message: bytes) -> bytes:
        """See :class:`argus.core.ports.Signer`; KMS takes up to 4,096 bytes, of which a statement has some 400."""
        try:
            answer = self._client.sign(
                KeyId=self._key, Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"
            )
        except (BotoCoreError, ClientError) as error:
            raise _failed(self._key, error) from error
        return one_spelling(answer["Signature"])


def _failed(key: str, error: BotoCoreError | ClientError) -> SigningError:
    reason = " ".join(str(error).split())
    return SigningError(f"KMS did not let {key} be used ({reason}): check the key, the rights and the connection")
