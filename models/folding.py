"""Folds what surrounds a convolution into it, exactly up to one rounding to float32.

Everything is computed in float64; sums that could depend on the processor's vector width are made with
``math.fsum``, so that every machine converts to the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from argus.core.errors import ModelError
from models.dlib_network import Affine, Convolution

PIXEL_SCALE = 256.0
"""dlib divides the centred pixels by it."""


@dataclass(frozen=True)
class Folded:
    """A convolution in float64: ``weights`` (outputs, inputs, rows, columns), ``bias`` (outputs,)."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    stride: int
    padding: int


def fold_affine(convolution: Convolution, affine: Affine) -> Folded:
    """``affine(convolution(x))`` as one convolution."""
    if len(affine.scale) != len(convolution.weights):
        raise ModelError("an affine layer does not fit its convolution: delete the weights and run `python -m models`")
    weights = convolution.weights.astype(np.float64) * affine.scale[:, None, None, None]
    bias = convolution.bias.astype(np.float64) * affine.scale + affine.shift
    return Folded(weights, bias, convolution.stride, convolution.padding)


def fold_normalisation(first: Folded, mean_rgb: tuple[float, float, float]) -> Folded:
    """The first convolution as one that reads pixels, 0 to 255: ``(pixel - mean) / 256`` is folded in.

    Only a convolution that pads nothing can be folded so: padding is zero after normalisation.
    """
    if first.padding or first.weights.shape[1] != len(mean_rgb):
        raise ModelError("the first convolution is not dlib's: delete the weights and run `python -m models`")
    weights = first.weights / PIXEL_SCALE
    centred = weights * np.array(mean_rgb)[None, :, None, None]
    bias = np.array([value - math.fsum(part.ravel()) for value, part in zip(first.bias, centred, strict=True)])
    return Folded(weights, bias, first.stride, 0)
