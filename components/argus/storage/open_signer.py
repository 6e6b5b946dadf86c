"""From what a person writes to a key. What signs is an extra, so it is imported only when a key is named."""

from __future__ import annotations

from pathlib import Path

from argus.core.errors import SigningError
from argus.core.ports import Signer, Verifier

_KMS = "kms:"


def open_signer(spec: str) -> Signer:
    """The signer of ``kms:KEY`` (id, alias or ARN), else of the key file ``spec``.

    Raises:
        SigningError: it cannot be used, or what it needs is not installed.
    """
    return _kms_signer(spec.removeprefix(_KMS)) if spec.startswith(_KMS) else _file_signer(Path(spec).expanduser())


def open_verifier(path: Path) -> Verifier:
    """The public key in a file.

    Raises:
        SigningError: it cannot be used, or what it needs is not installed.
    """
    try:
        from argus.storage.signing import read_public_key
    except ModuleNotFoundError as error:
        raise _not_installed("signing") from error
    return read_public_key(path.expanduser())


def verifier_of(pem: str, name: str) -> Verifier:
    """A public key as text, as a configuration holds it; ``name`` is what errors call it.

    Raises:
        SigningError: it cannot be used, or what it needs is not installed.
    """
    try:
        from argus.storage.signing import parse_public_key
    except ModuleNotFoundError as error:
        raise _not_installed("signing") from error
    return parse_public_key(pem.encode(), name)


def make_key_file(path: Path) -> Verifier:
    """Makes a key; see :func:`argus.storage.signing.make_key`."""
    try:
        from argus.storage.signing import make_key
    except ModuleNotFoundError as error:
        raise _not_installed("signing") from error
    return make_key(path.expanduser())


def _file_signer(path: Path) -> Signer:
    try:
        from argus.storage.signing import KeyFileSigner
    except ModuleNotFoundError as error:
        raise _not_installed("signing") from error
    return KeyFileSigner(path)


def _kms_signer(key: str) -> Signer:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError

        from argus.storage.signing_kms import KmsSigner
    except ModuleNotFoundError as error:
        raise _not_installed("s3,signing") from error
    # An ARN names its region: arn:aws:kms:REGION:ACCOUNT:key/ID.
    region = key.split(":")[3] if key.startswith("arn:") and key.count(":") >= 5 else None
    try:
        return KmsSigner(boto3.client("kms", region_name=region), key)
    except BotoCoreError as error:
        raise SigningError(f"KMS cannot be asked ({error}): set AWS_REGION, or name the key by its ARN") from error


def _not_installed(extras: str) -> SigningError:
    return SigningError(f"signatures need more packages: install them (`pip install 'argus[{extras}]'`)")
