"""What AWS refuses, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ReadTimeoutError,
    TokenRetrievalError,
)

from argus.core.errors import ArgusError

_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403")
_STALE = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch",
          "UnrecognizedClientException")  # fmt: skip


class CloudError(ArgusError):
    """AWS refuses, or cannot be reached."""


def code_of(error: ClientError) -> str:
    """What AWS calls it, such as ``ResourceNotFoundException``."""
    return error.response.get("Error", {}).get("Code", "")


def denied(error: ClientError) -> bool:
    """Whether a right is missing."""
    return code_of(error) in _DENIED


@contextmanager
def reported() -> Iterator[None]:
    """Whatever AWS refuses within becomes a :class:`CloudError`."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise CloudError(sentence(error)) from error


def sentence(error: BotoCoreError | ClientError) -> str:
    """What is wrong and what to do, without what was asked for: that may be personal."""
    if isinstance(error, ClientError):
        return _refused(error)
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return "no credentials for AWS are found: run `aws configure`, or set AWS_PROFILE"
        case NoRegionError():
            return "no region is known: set AWS_DEFAULT_REGION, or run `aws configure`"
        case TokenRetrievalError():
            return "the credentials for AWS have expired: sign in again (`aws sso login`)"
        case EndpointConnectionError() | ConnectTimeoutError() | ReadTimeoutError():
            return f"AWS cannot be reached ({error}): check the network, AWS_ENDPOINT_URL and the region"
    return f"AWS cannot be used ({error}): check `aws configure` and the network"


def _refused(error: ClientError) -> str:
    if denied(error):
        return (
            f"these credentials may not do {error.operation_name}: use others, or ask whoever looks after the account "
            "for that right"
        )
    if code_of(error) in _STALE:
        return f"AWS does not know these credentials ({code_of(error)}): sign in again, or run `aws configure`"
    message = error.response.get("Error", {}).get("Message", "").rstrip(".")
    return f"AWS refuses {error.operation_name} ({code_of(error)}): {message}; run the same again when that is mended"
