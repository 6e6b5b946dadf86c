"""dlib's face embedding by dlib itself: the reference that proves the ONNX one equal."""

from __future__ import annotations

import dlib
import numpy as np
from numpy.typing import NDArray

from argus.core.types import EMBEDDING_SIZE, PLAIN_MODEL_ID
from argus.vision.chips import check_chips
from argus.vision.model_store import DLIB_EMBEDDING, ModelStore


class DlibEmbedder:
    """The port :class:`argus.core.ports.Embedder`."""

    model_id = PLAIN_MODEL_ID

    def __init__(self, store: ModelStore) -> None:
        """Loads the network.

        Raises:
            ModelError: its file is missing or damaged.
        """
        try:
            self._network = dlib.face_recognition_model_v1(str(store.path(DLIB_EMBEDDING)))
        except RuntimeError:
            raise store.foreign(DLIB_EMBEDDING) from None

    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """``(n, 150, 150, 3)`` uint8 RGB -> ``(n, 128)`` float32; one chip after the other."""
        check_chips(chips)
        vectors = np.empty((len(chips), EMBEDDING_SIZE), np.float32)
        for index, chip in enumerate(chips):
            vectors[index] = self._network.compute_face_descriptor(np.ascontiguousarray(chip))
        return vectors
