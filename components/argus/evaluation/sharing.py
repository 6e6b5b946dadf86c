"""Several watchers of the same frames: what they have in common is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from argus.core.ports import Embedder, Landmarker, Scanner
from argus.core.types import Box, Detection, Landmarks, RgbImage
from argus.vision.networks import Networks


def shared(networks: Networks) -> Networks:
    """The same networks, which remember what they found.

    For as long as the frames that they are shown stay alive: pictures are told apart by where they lie in memory.
    """
    return replace(
        networks,
        scanner=_Scanner(networks.scanner),
        landmarker=_Landmarker(networks.landmarker),
        embedder=_Embedder(networks.embedder),
    )


class _Scanner:
    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._known: dict[tuple[object, ...], list[Detection]] = {}

    def scan(self, rgb: RgbImage, scales: Sequence[float]) -> list[Detection]:
        key = (rgb.ctypes.data, rgb.shape, tuple(scales))
        if key not in self._known:
            self._known[key] = self._scanner.scan(rgb, scales)
        return self._known[key]


class _Landmarker:
    def __init__(self, landmarker: Landmarker) -> None:
        self._landmarker = landmarker
        self._known: dict[tuple[object, ...], Landmarks] = {}

    def landmarks(self, rgb: RgbImage, box: Box) -> Landmarks:
        key = (rgb.ctypes.data, rgb.shape, box)
        if key not in self._known:
            self._known[key] = self._landmarker.landmarks(rgb, box)
        return self._known[key]


class _Embedder:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[bytes, NDArray[np.float32]] = {}

    @property
    def model_id(self) -> str:
        return self._embedder.model_id

    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        key = chips.tobytes()
        if key not in self._known:
            self._known[key] = self._embedder.embed(chips)
        return self._known[key]
