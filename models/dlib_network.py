"""Reads dlib's two network files into plain layers.

A file is: the loss, then one integer for every wrapper of the C++ type (2: a layer; 1: a tag or a
skip, which hold no data; 3: the innermost layer), the input layer, and then the layers in forward
order, each with its name, its parameters and the (empty) tensors that only training uses. The
shortcuts of residual blocks are part of the C++ type, not of the file; :mod:`models.embedding` knows them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.dlib_format import DlibReader, Shape4

_MAX_LAYERS = 1000


@dataclass(frozen=True)
class Convolution:
    """Cross-correlation: ``weights`` (outputs, inputs, rows, columns), ``bias`` (outputs,)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    padding: int


@dataclass(frozen=True)
class Affine:
    """``scale * x + shift`` in each channel, both (channels,)."""

    scale: NDArray[np.float64]
    shift: NDArray[np.float64]


@dataclass(frozen=True)
class Pool:
    """Pooling; ``size`` 0 means the whole plane."""

    kind: str
    size: int
    stride: int


@dataclass(frozen=True)
class FullyConnected:
    """``x @ weights``, (inputs, outputs), without bias."""

    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Relu:
    """``max(x, 0)``."""


@dataclass(frozen=True)
class AddPrevious:
    """Adds the output of the layer that the C++ type tagged: the shortcut of a residual block."""


Layer: TypeAlias = Convolution | Affine | Pool | FullyConnected | Relu | AddPrevious


@dataclass(frozen=True)
class Overlap:
    """When two detections are the same face.

    Attributes:
        iou: they are when intersection over the *bounding box of both* exceeds this,
        covered: or when the intersection exceeds this share of either one.
    """

    iou: float
    covered: float


@dataclass(frozen=True)
class DetectorOptions:
    """What dlib's max-margin detector keeps beside its layers: the sliding window and the overlap rule."""

    window_width: int
    window_height: int
    overlap: Overlap


@dataclass(frozen=True)
class Network:
    """One network file.

    Attributes:
        mean_rgb: subtracted from the pixels, which are then divided by 256.
        layers: in forward order.
        detector: None for a network that is not a detector.
    """

    mean_rgb: tuple[float, float, float]
    layers: tuple[Layer, ...]
    detector: DetectorOptions | None


def read_network(data: bytes, name: str) -> Network:
    """Parses one of dlib's network files.

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        ModelError: truncated, damaged, or a network of another kind.
    """
    reader = DlibReader(data, name)
    reader.expect_integer(1, "the version of the network")
    detector = _loss(reader)
    count = _count_layers(reader)
    mean_rgb = _input(reader)
    layers = tuple(_layer(reader, innermost=index == 0) for index in range(count))
    reader.expect_end()
    return Network(mean_rgb, layers, detector)


def _loss(reader: DlibReader) -> DetectorOptions | None:
    kind = reader.string()
    if kind == "loss_metric_2":
        for _ in range(2):  # the margin and the distance threshold of training
            reader.real()
        return None
    if kind != "loss_mmod_":
        raise reader.damaged(f"a loss called {kind!r}")
    reader.expect_integer(1, "the version of the detector's options")
    width, height = reader.integer(), reader.integer()
    for _ in range(3):  # the losses of a false alarm and of a miss, and the overlap that counts as a hit
        reader.real()
    overlap = Overlap(iou=reader.real(), covered=reader.real())
    for _ in range(2):  # the same for boxes to be ignored in training
        reader.real()
    if width < 1 or height < 1:
        raise reader.damaged("an empty detection window")
    return DetectorOptions(width, height, overlap)


def _count_layers(reader: DlibReader) -> int:
    layers = 1
    for _ in range(_MAX_LAYERS):
        version = reader.integer()
        if version == 3:
            return layers
        if version not in (1, 2):
            raise reader.damaged(f"a layer of version {version}")
        layers += version == 2
    raise reader.damaged("too many layers")


def _input(reader: DlibReader) -> tuple[float, float, float]:
    kind = reader.string()
    mean = (reader.real(), reader.real(), reader.real())
    if kind == "input_rgb_image_sized":
        for _ in range(2):  # rows and columns
            reader.integer()
    elif kind != "input_rgb_image_pyramid":
        raise reader.damaged(f"an input called {kind!r}")
    return mean


def _layer(reader: DlibReader, *, innermost: bool) -> Layer:
    kind = reader.string()
    parse = _PARSERS.get(kind)
    if parse is None:
        raise reader.damaged(f"a layer called {kind!r}")
    layer = parse(reader)
    for _ in range(3):  # flags of training
        reader.boolean()
    for _ in range(3):  # gradients and cached output
        reader.tensor()
    if innermost:
        reader.expect_integer(1, "the samples of an input")
    return layer


def _convolution(reader: DlibReader) -> Convolution:
    values = reader.tensor().ravel()
    filters, rows, columns, stride, stride_x, padding, padding_x = (reader.integer() for _ in range(7))
    weights_shape, bias_shape = reader.shape(), reader.shape()
    _training_rates(reader, 4)
    if (stride, padding) != (stride_x, padding_x) or not 1 <= stride <= max(rows, columns) or padding < 0:
        raise reader.damaged("strides or paddings that no network of dlib's has")
    if weights_shape[0] != filters or weights_shape[2:] != (rows, columns) or math.prod(bias_shape) != filters:
        raise reader.damaged("a convolution whose shapes differ")
    weights, bias = _split(reader, values, weights_shape, bias_shape)
    return Convolution(weights.reshape(weights_shape), bias, stride, padding)


def _affine(reader: DlibReader) -> Affine:
    values = reader.tensor().ravel()
    shapes = reader.shape(), reader.shape()
    reader.integer()  # whether it follows a convolution or a fully connected layer
    scale, shift = _split(reader, values, *shapes)
    if scale.shape != shift.shape:
        raise reader.damaged("an affine layer whose shapes differ")
    return Affine(scale.astype(np.float64), shift.astype(np.float64))


def _batch_normalisation(reader: DlibReader) -> Affine:
    """As the affine layer that it is once trained: gamma / sqrt(variance + eps), beta - scale * mean."""
    values = reader.tensor().ravel()
    shapes = reader.shape(), reader.shape()
    gamma, beta = (part.astype(np.float64) for part in _split(reader, values, *shapes))
    for _ in range(2):  # means and deviations of the last training batch
        reader.tensor()
    mean = reader.tensor().ravel().astype(np.float64)
    variance = reader.tensor().ravel().astype(np.float64)
    for _ in range(2):  # how many batches were seen, and the window of the running averages
        reader.integer()
    _training_rates(reader, 4)
    eps = reader.real()
    if not gamma.shape == beta.shape == mean.shape == variance.shape or eps <= 0 or (variance < 0).any():
        raise reader.damaged("a batch normalisation that cannot be")
    scale = gamma / np.sqrt(variance + eps)
    return Affine(scale, beta - scale * mean)


def _pool(kind: str) -> Callable[[DlibReader], Pool]:
    def parse(reader: DlibReader) -> Pool:
        rows, columns, stride, stride_x, padding, padding_x = (reader.integer() for _ in range(6))
        if rows != columns or stride != stride_x or padding or padding_x or rows < 0 or stride < 1:
            raise reader.damaged("a pooling that no network of dlib's has")
        return Pool(kind, rows, stride)

    return parse


def _fully_connected(reader: DlibReader) -> FullyConnected:
    outputs, inputs = reader.integer(), reader.integer()
    values = reader.tensor()
    shapes = reader.shape(), reader.shape()
    reader.integer()  # whether there is a bias; its shape says the same
    _training_rates(reader, 4)
    weights, bias = _split(reader, values.ravel(), *shapes)
    if bias.size or min(inputs, outputs) < 1 or weights.size != inputs * outputs:
        raise reader.damaged("a fully connected layer whose shapes differ")
    return FullyConnected(weights.reshape(inputs, outputs))


def _split(
    reader: DlibReader, values: NDArray[np.float32], first: Shape4, second: Shape4
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """dlib keeps a layer's two parameters one after the other in one tensor."""
    middle = math.prod(first)
    if values.size != middle + math.prod(second):
        raise reader.damaged("parameters whose shapes differ from their number")
    return values[:middle], values[middle:]


def _training_rates(reader: DlibReader, count: int) -> None:
    for _ in range(count):
        reader.real()


_PARSERS: dict[str, Callable[[DlibReader], Layer]] = {
    "con_4": _convolution,
    "affine_": _affine,
    "bn_con2": _batch_normalisation,
    "max_pool_2": _pool("max"),
    "avg_pool_2": _pool("average"),
    "fc_2": _fully_connected,
    "relu_": lambda reader: Relu(),
    "add_prev_": lambda reader: AddPrevious(),
}
