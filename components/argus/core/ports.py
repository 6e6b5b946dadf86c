"""What the core needs of the outside world; adapters implement these at the edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from argus.core.types import Box, Detection, Frame, Landmarks, RgbImage


class FrameSource(Protocol):
    """A camera, stream, file or folder, read by one reader."""

    def frames(self) -> Iterator[Frame]:
        """Frames in order until the source ends; raises SourceError when it cannot be opened or read."""
        ...

    def close(self) -> None:
        """Lets the source go; safe to call twice and from another thread."""
        ...


class Detector(Protocol):
    """Finds faces in a whole picture."""

    def detect(self, rgb: RgbImage, *, upsample: int = 0) -> list[Detection]:
        """All faces, best score first.

        Args:
            rgb: ``(height, width, 3)`` uint8.
            upsample: how many times the picture's sides are doubled first; each halves the smallest
                face that is found (about 80 px at 0 for the CNN and for HOG alike).
        """
        ...


class Scanner(Protocol):
    """Finds faces of chosen sizes, for video: what is not looked for costs nothing."""

    def scan(self, rgb: RgbImage, scales: Sequence[float]) -> list[Detection]:
        """Faces of about 80 / scale pixels for each of the scales, best score first.

        Args:
            rgb: ``(height, width, 3)`` uint8, a picture or a part of one.
            scales: by what the picture is resized before the 80 px window goes over it; one level each. Levels
                a factor 6/5 apart leave no size out.
        """
        ...


class Landmarker(Protocol):
    """Finds the five landmarks of a detected face."""

    def landmarks(self, rgb: RgbImage, box: Box) -> Landmarks: ...


class Embedder(Protocol):
    """Turns aligned face pictures into vectors."""

    @property
    def model_id(self) -> str: ...

    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(n, 150, 150, 3)`` uint8 RGB chips -> ``(n, 128)`` float32, in one batch; n may be 0."""
        ...


@dataclass(frozen=True)
class Unchanged:
    """What is at a key still has the entity tag that the reader knows."""


@dataclass(frozen=True)
class BlobEntry:
    """One key as a store lists it; ``modified_at`` is by the store's own clock, aware UTC."""

    key: str
    size_bytes: int
    modified_at: datetime


class BlobStore(Protocol):
    """Named bytes with conditional writes: a folder, or a bucket.

    Keys are ``/``-separated. An entity tag changes whenever the bytes do.
    """

    @property
    def requests_at_once(self) -> int:
        """In so many threads it is fastest: 1 where the disk is, more where a network's delay is waited for."""
        ...

    def get(self, key: str) -> tuple[bytes, str] | None:
        """The bytes and their entity tag, or None when there is no such key."""
        ...

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        """As :meth:`get`, but :class:`Unchanged` without the bytes where the key still has ``tag``."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Writes whole or not at all; a reader never sees half. For content-addressed keys."""
        ...

    def replace(self, key: str, data: bytes, *, expected_tag: str | None) -> str:
        """Writes only where the key still has ``expected_tag`` (None: does not exist); returns the new tag.

        Raises:
            CollectionConflict: another writer was first.
        """
        ...

    def delete(self, key: str) -> None:
        """Removes the key; no error when there is none."""
        ...

    def keys(self, prefix: str) -> Sequence[str]:
        """All keys that start with ``prefix``, sorted."""
        ...

    def entries(self, prefix: str) -> Sequence[BlobEntry]:
        """As :meth:`keys`, with what a store knows of each."""
        ...


class Verifier(Protocol):
    """One public key that is trusted."""

    @property
    def algorithm(self) -> str: ...

    @property
    def key_id(self) -> str: ...

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the key's owner made ``signature`` over exactly ``message``; any bytes may be given."""
        ...


class Signer(Protocol):
    """One private key, wherever it is kept."""

    @property
    def verifier(self) -> Verifier:
        """Its public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """A signature over exactly ``message``; raises SigningError when the key cannot be used."""
        ...


class Clock(Protocol):
    """Wall-clock and monotonic time."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    def monotonic_seconds(self) -> float: ...
