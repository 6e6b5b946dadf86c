"""What CloudFormation reads from the artifact bucket: the functions' bundles and the template.

A key holds the hash of what is there. So what is there stays as it is, and what is new gets another key, by which
CloudFormation sees that a function has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from scripts.provisioning.errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Say = Callable[[str], None]


@dataclass(frozen=True)
class Artifacts:
    """Key in the artifact bucket -> file.

    Attributes:
        prefix: what the bundles' keys begin with, without a slash at the end.
        template: the template's key.
    """

    files: Mapping[str, Path]
    prefix: str
    template: str


def artifacts(template: Path, bundles: Path, functions: Sequence[str], architecture: str) -> Artifacts:
    """What has to be there for these functions on that processor.

    Raises:
        UsageError: a bundle has not been built.
    """
    paths = [bundles / f"{function}-{architecture}.zip" for function in functions]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise UsageError(
            f"{', '.join(missing)} is not in {bundles}: run scripts/build_lambdas --architectures {architecture}"
        )
    whole = "".join(f"{path.name} {_sha256(path)}\n" for path in paths)
    prefix = f"lambdas/{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
    key = f"templates/{_sha256(template)[:16]}.yaml"
    return Artifacts({**{f"{prefix}/{path.name}": path for path in paths}, key: template}, prefix, key)


def upload(s3: S3Client, bucket: str, wanted: Artifacts, say: Say) -> None:
    """Uploads what is not there yet."""
    for key, path in wanted.files.items():
        there = _is_there(s3, bucket, key)
        if not there:
            s3.upload_file(str(path), bucket, key)
        say(f"s3://{bucket}/{key}: {'as it was' if there else 'uploaded'}")


def _is_there(s3: S3Client, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if code_of(error) in ("404", "NoSuchKey"):
            return False
        raise
    return True


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
