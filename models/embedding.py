"""dlib's face embedding network (``dlib_face_recognition_resnet_model_v1.dat``) as ONNX.

Input ``chips`` (n, 150, 150, 3) uint8 RGB, output ``vectors`` (n, 128) float32, not normalised.

A residual network: convolution 7x7 and max-pool, then blocks of two 3x3 convolutions whose input is added to their
output. In a block that goes down a level the first convolution has stride 2 and no padding, and
the shortcut is an average pool 2x2. Where the two operands differ in size (channels, and 3x3 against 4x4 or 1x1
against 2x2 cells) dlib pads the smaller with zeros at its end. Affine layers and the normalisation of
the pixels are folded into the convolutions.
"""

from __future__ import annotations

import numpy as np

from argus.core.types import CHIP_SIZE, EMBEDDING_SIZE, PLAIN_MODEL_ID
from models.dlib_network import AddPrevious, FullyConnected, Network, Pool, Relu
from models.folding import Folded, fold_normalisation
from models.layer_cursor import LayerCursor
from models.onnx_graph import GraphBuilder, value_info


def embedding_onnx(network: Network) -> bytes:
    """The model file.

    Raises:
        ModelError: ``network`` is not dlib's face embedding network.
    """
    layers = LayerCursor(network)
    graph = GraphBuilder("embedding")
    planes = graph.node("Transpose", "chips", perm=[0, 3, 1, 2])
    value = graph.node("Cast", planes, to=1)

    stem = fold_normalisation(layers.convolution(), network.mean_rgb)
    value = graph.node("Relu", graph.convolution(value, stem.weights, stem.bias, stride=stem.stride))
    layers.take(Relu)
    pool = layers.take(Pool)
    value = graph.node("MaxPool", value, kernel_shape=[pool.size] * 2, strides=[pool.stride] * 2)
    side = _side(_side(CHIP_SIZE, stem.weights.shape[2], stem.stride, 0), pool.size, pool.stride, 0)

    while not layers.at(Pool):
        value, side = _block(graph, layers, value, side)

    layers.take(Pool)  # over the whole plane
    value = graph.node("Flatten", graph.node("GlobalAveragePool", value), axis=1)
    weights = layers.take(FullyConnected).weights
    layers.expect_end()
    graph.node("MatMul", value, graph.constant(weights), output="vectors")
    return graph.build(
        [value_info("chips", np.uint8, ["n", CHIP_SIZE, CHIP_SIZE, 3])],
        [value_info("vectors", np.float32, ["n", EMBEDDING_SIZE])],
        {"model_id": PLAIN_MODEL_ID},
    )


def _block(graph: GraphBuilder, layers: LayerCursor, value: str, side: int) -> tuple[str, int]:
    """One residual block on planes of ``side`` x ``side``; returns its output and that one's side."""
    shortcut, shortcut_side = value, side
    first = layers.convolution()
    layers.take(Relu)
    second = layers.convolution()
    inner = graph.node("Relu", _convolve(graph, value, first))
    branch = _convolve(graph, inner, second)
    for part in (first, second):
        side = _side(side, part.weights.shape[2], part.stride, part.padding)
    if layers.at(Pool):
        pool = layers.take(Pool)
        shortcut = graph.node("AveragePool", shortcut, kernel_shape=[pool.size] * 2, strides=[pool.stride] * 2)
        shortcut_side = _side(shortcut_side, pool.size, pool.stride, 0)
    channels, shortcut_channels = len(second.weights), first.weights.shape[1]
    larger, more = max(side, shortcut_side), max(channels, shortcut_channels)
    branch = _pad(graph, branch, more - channels, larger - side)
    shortcut = _pad(graph, shortcut, more - shortcut_channels, larger - shortcut_side)
    layers.take(AddPrevious)
    layers.take(Relu)
    return graph.node("Relu", graph.node("Add", branch, shortcut)), larger


def _convolve(graph: GraphBuilder, value: str, part: Folded) -> str:
    return graph.convolution(value, part.weights, part.bias, stride=part.stride, padding=(part.padding, part.padding))


def _pad(graph: GraphBuilder, value: str, channels: int, cells: int) -> str:
    """Appends zeros: ``channels`` planes, and ``cells`` rows and columns."""
    if not channels and not cells:
        return value
    return graph.node("Pad", value, graph.constant(np.array([0, 0, 0, 0, 0, channels, cells, cells], np.int64)))


def _side(side: int, window: int, stride: int, padding: int) -> int:
    """Cells along one side after a convolution or pooling."""
    return (side + 2 * padding - window) // stride + 1
