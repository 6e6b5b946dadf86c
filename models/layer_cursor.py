"""Walks a network's layers while a graph is built from them."""

from __future__ import annotations

from typing import TypeVar

from argus.core.errors import ModelError
from models.dlib_network import Affine, Convolution, Layer, Network
from models.folding import Folded, fold_affine

_Kind = TypeVar("_Kind", bound=Layer)


class LayerCursor:
    """Hands out the layers in forward order; each must be of the kind that the architecture wants there."""

    def __init__(self, network: Network) -> None:
        self._layers = network.layers
        self._index = 0

    def at(self, kind: type[Layer]) -> bool:
        """Whether the next layer is of ``kind``."""
        return self._index < len(self._layers) and isinstance(self._layers[self._index], kind)

    def take(self, kind: type[_Kind]) -> _Kind:
        """The next layer.

        Raises:
            ModelError: it is of another kind, or there is none.
        """
        if self._index < len(self._layers):
            layer = self._layers[self._index]
            if isinstance(layer, kind):
                self._index += 1
                return layer
        raise ModelError(
            f"layer {self._index} of the network is not {kind.__name__}: this is not the network expected here, "
            "delete the weights and run `python -m models`"
        )

    def convolution(self) -> Folded:
        """The next convolution, with the affine layer that follows it folded in."""
        return fold_affine(self.take(Convolution), self.take(Affine))

    def expect_end(self) -> None:
        if self._index != len(self._layers):
            raise ModelError("the network has more layers than expected: delete the weights and run `python -m models`")
