"""What can go wrong, and whose fault it is.

::

    ArgusError                  anything Argus reports in one clear sentence
    ├── UsageError              the caller asked for something that cannot be
    ├── ImageError              one picture cannot be read; the others go on
    ├── SourceError             a camera, stream or file cannot be opened or read
    ├── ModelError              model files are missing, damaged or of another kind
    ├── CalibrationError        no honest threshold exists for what was asked
    ├── CollectionError         a collection cannot be read or written
    │   ├── CollectionMissing   there is none at that place
    │   ├── CollectionDamaged   its bytes are not what its hashes say
    │   ├── CollectionConflict  another writer was first; read again and retry
    │   └── HeadRefused         a head that must not be used, with the reason
    ├── SigningError            a key cannot be read or used
    └── EventError              bytes that are not a valid event

The message of every error says what to do next. Programs print it as it is, without a traceback;
any other exception is a bug and is left to crash.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

RefusalReason: TypeAlias = Literal[
    "unsigned", "unknown_key", "bad_signature", "other_collection", "expired", "older", "erased"
]
"""Why a head is refused; reported as it is."""


class ArgusError(Exception):
    """Base of all errors that are reported to a person in one sentence."""


class UsageError(ArgusError):
    """The caller asked for something that cannot be."""


class ImageError(ArgusError):
    """One picture cannot be read."""


class SourceError(ArgusError):
    """A camera, stream or file cannot be opened or read."""


class ModelError(ArgusError):
    """Model files are missing, damaged, or of another kind than wanted."""


class CalibrationError(ArgusError):
    """No honest threshold exists for what was asked."""


class CollectionError(ArgusError):
    """A collection cannot be read or written."""


class CollectionMissing(CollectionError):
    """There is no collection at that place."""


class CollectionDamaged(CollectionError):
    """A collection's bytes are not what its hashes say."""


class CollectionConflict(CollectionError):
    """Another writer replaced the head first: read it again and retry."""


class HeadRefused(CollectionError):
    """A head that must not be used: nobody who is trusted vouches for it, or its time is over."""

    def __init__(self, reason: RefusalReason, message: str) -> None:
        super().__init__(message)
        self.reason: RefusalReason = reason

    def __reduce__(self) -> tuple[type[HeadRefused], tuple[RefusalReason, str]]:
        return HeadRefused, (self.reason, str(self))  # so that it comes whole out of another process


class SigningError(ArgusError):
    """A key cannot be read or used, or a signature is needed and there is no key."""


class EventError(ArgusError):
    """Bytes that are not a valid event."""
