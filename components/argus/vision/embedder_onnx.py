"""dlib's face embedding on ONNX Runtime: the same numbers (within 1e-6), some 20 times faster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from argus.core.types import EMBEDDING_SIZE, PLAIN_MODEL_ID
from argus.vision.chips import check_chips
from argus.vision.model_store import EMBEDDING, ModelStore
from argus.vision.onnx_session import open_session

_BATCH = 16
"""Chips in one run: beyond it a chip costs no less time, only memory (about 3 MB each)."""


class OnnxEmbedder:
    """The port :class:`argus.core.ports.Embedder`; safe to use from several threads."""

    model_id = PLAIN_MODEL_ID

    def __init__(self, store: ModelStore, *, threads: int = 1) -> None:
        """Loads the network.

        Raises:
            ModelError: its file is missing or damaged.
        """
        self._session = open_session(store, EMBEDDING, inputs={"chips"}, outputs={"vectors"}, threads=threads)

    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(n, 150, 150, 3)`` uint8 RGB -> ``(n, 128)`` float32."""
        check_chips(chips)
        vectors = np.empty((len(chips), EMBEDDING_SIZE), np.float32)
        for start in range(0, len(chips), _BATCH):
            batch = np.ascontiguousarray(chips[start : start + _BATCH])
            vectors[start : start + _BATCH] = self._session.run(["vectors"], {"chips": batch})[0]
        return vectors
