"""From what a person writes to a signer."""

from __future__ import annotations

from pathlib import Path

from argus.core.errors import SigningError
from argus.core.ports import Signer

_KMS = "kms:"


def open_signer(spec: str) -> Signer:
    """The signer of ``kms:KEY`` (id, alias or ARN), else of the key file ``spec``.

    Raises:
        SigningError: it cannot be used, or boto3 is not installed.
    """
    if not spec.startswith(_KMS):
        from argus.storage.signing import KeyFileSigner

        return KeyFileSigner(Path(spec).expanduser())
    try:
        import boto3
        from botocore.exceptions import BotoCoreError

        from argus.storage.signing_kms import KmsSigner
    except ImportError as error:
        raise SigningError("signing with KMS needs boto3: install argus[s3]") from error
    key = spec.removeprefix(_KMS)
    # An ARN names its region: arn:aws:kms:REGION:ACCOUNT:key/ID.
    region = key.split(":")[3] if key.startswith("arn:") and key.count(":") >= 5 else None
    try:
        return KmsSigner(boto3.client("kms", region_name=region), key)
    except BotoCoreError as error:
        raise SigningError(f"KMS cannot be asked ({error}): set AWS_REGION, or name the key by its ARN") from error
