"""The account that the local cloud pretends to be, and sessions of it."""

from __future__ import annotations

from typing import Any

import boto3.session
import botocore.session

ACCOUNT = "123456789012"
"""The imitation's own."""

REGION = "eu-central-1"
STACK = "argus"

OUTBOX = f"{STACK}-local-outbox"
"""The queue that gets what topics send."""

ALL_WORDS = "argus-local-words"
"""Before a message there that has words of its own for some protocols, in an object by protocol."""


def local_session() -> boto3.session.Session:
    """A session with made-up credentials, which a profile in the process's environment does not lead elsewhere."""
    no_profile: dict[str, Any] = {"profile": (None, None, None, None)}
    return boto3.session.Session(
        botocore_session=botocore.session.Session(session_vars=no_profile),
        aws_access_key_id="local",
        aws_secret_access_key="local",
        region_name=REGION,
    )
