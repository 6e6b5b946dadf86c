"""The embedding that recognition compares: the mean over a chip and its mirror image.

It is not dlib's embedding (the L2 difference is about 0.1), so it has a model id of its own; on LFW it verifies
99.02 % of pairs rightly, one chip alone 98.85 %.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from argus.core.ports import Embedder
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID


class MirrorEmbedder:
    """The port :class:`argus.core.ports.Embedder`, over an embedder of plain chips."""

    model_id = MIRROR_MODEL_ID

    def __init__(self, plain: Embedder) -> None:
        if plain.model_id != PLAIN_MODEL_ID:
            raise ValueError(f"the mirror average is made of {PLAIN_MODEL_ID}, not of {plain.model_id}")
        self._plain = plain

    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(n, 150, 150, 3)`` uint8 RGB -> ``(n, 128)`` float32."""
        both = np.concatenate([chips, chips[:, :, ::-1]])
        vectors = self._plain.embed(both)
        mean: NDArray[np.float32] = (vectors[: len(chips)] + vectors[len(chips) :]) / np.float32(2)
        return mean
