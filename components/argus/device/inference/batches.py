"""The crops of many looks, embedded together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from argus.core.ports import Embedder
from argus.device.pipeline import PendingLook

MAX_CROPS = 32
"""Embedded at once at most, which bounds the memory: eight looks, more than are ever due at once on a few cameras."""


def embedded(looks: Sequence[PendingLook], embedder: Embedder, most: int = MAX_CROPS) -> Iterator[NDArray[np.float32]]:
    """The vectors of each look, ``(n, 128)`` float32, in order; each batch is embedded when the first of it is asked
    for.

    Args:
        most: crops a batch, unless a single look has more.
    """
    batch: list[NDArray[np.uint8]] = []
    for pending in looks:
        chips = pending.chips
        if batch and sum(map(len, batch)) + len(chips) > most:
            yield from _embedded(batch, embedder)
            batch = []
        batch.append(chips)
    if batch:
        yield from _embedded(batch, embedder)


def _embedded(batch: Sequence[NDArray[np.uint8]], embedder: Embedder) -> Iterator[NDArray[np.float32]]:
    ends = np.cumsum([len(chips) for chips in batch])[:-1]
    yield from np.split(embedder.embed(np.concatenate(batch)), ends)
