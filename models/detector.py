"""dlib's CNN face detector (``mmod_human_face_detector.dat``) as ONNX.

Input ``canvas`` (n, 3, height, width) float32, RGB, 0 to 255; output ``scores`` (n, 1, rows, columns) float32:
cell (x, y) is the score of a window centred at pixel (8 x + 14, 8 y + 14). Cells outside the
pictures on a canvas must hold the mean colour: dlib pads after normalisation, with zeros.

What was done for speed, all of it exact up to rounding:

- normalisation and batch normalisations are folded into the convolutions;
- 45 channels are padded to 48 with zeros, a multiple of the processor's vector width;
- the last convolution, 9x9 to one channel, is split into 1x9 with 9 outputs (one for each of its rows) and
  9x1 that adds the 9 planes up, each shifted by its row: 9 multiplications a cell and channel instead of 81
  in vectors that are filled better.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from argus.core.errors import ModelError
from models.dlib_network import Convolution, Network, Relu
from models.folding import Folded, fold_normalisation
from models.layer_cursor import LayerCursor
from models.onnx_graph import GraphBuilder, value_info

MODEL_ID = "dlib-mmod-v1"
_HIDDEN_LAYERS = 6
_CHANNEL_MULTIPLE = 16


def detector_onnx(network: Network) -> bytes:
    """The model file; its metadata carry the mean colour, the window and the overlap rule.

    Raises:
        ModelError: ``network`` is not dlib's CNN face detector.
    """
    options = network.detector
    if options is None:
        raise ModelError("the detector's file holds another network: delete the weights and run `python -m models`")
    layers = LayerCursor(network)
    graph = GraphBuilder("detector")
    value = "canvas"
    inputs = 3
    for index in range(_HIDDEN_LAYERS):
        part = layers.convolution()
        layers.take(Relu)
        if index == 0:
            part = fold_normalisation(part, network.mean_rgb)
        part = _pad_channels(part, inputs)
        inputs = len(part.weights)
        value = graph.convolution(
            value, part.weights, part.bias, stride=part.stride, padding=(part.padding, part.padding)
        )
        value = graph.node("Relu", value)
    last = layers.take(Convolution)
    layers.expect_end()
    _split_convolution(graph, value, last, inputs)
    metadata = {
        "model_id": MODEL_ID,
        "mean_rgb": json.dumps(network.mean_rgb),
        "window_px": json.dumps([options.window_width, options.window_height]),
        "overlap_iou": json.dumps(options.overlap.iou),
        "overlap_covered": json.dumps(options.overlap.covered),
    }
    return graph.build(
        [value_info("canvas", np.float32, ["n", 3, "height", "width"])],
        [value_info("scores", np.float32, ["n", 1, "rows", "columns"])],
        metadata,
    )


def _pad_channels(part: Folded, inputs: int) -> Folded:
    """Fits a convolution to ``inputs`` padded channels and pads its outputs; a padded channel is always 0."""
    outputs = -(-len(part.weights) // _CHANNEL_MULTIPLE) * _CHANNEL_MULTIPLE
    weights = np.zeros((outputs, inputs, *part.weights.shape[2:]))
    weights[: len(part.weights), : part.weights.shape[1]] = part.weights
    bias = np.zeros(outputs)
    bias[: len(part.bias)] = part.bias
    return Folded(weights, bias, part.stride, part.padding)


def _split_convolution(graph: GraphBuilder, value: str, last: Convolution, inputs: int) -> None:
    """The last convolution, (1, channels, rows, columns) with odd sides, as one along rows and one along columns."""
    outputs, channels, rows, columns = last.weights.shape
    if outputs != 1 or last.stride != 1 or (rows // 2, columns // 2) != (last.padding, last.padding):
        raise ModelError("the detector's last layer is not dlib's: delete the weights and run `python -m models`")
    along_rows: NDArray[np.float64] = np.zeros((rows, inputs, 1, columns))
    along_rows[:, :channels, 0, :] = last.weights[0].transpose(1, 0, 2)
    partial = graph.convolution(value, along_rows, padding=(0, columns // 2))
    graph.convolution(
        partial,
        np.eye(rows)[None, :, :, None],
        last.bias.astype(np.float64),
        padding=(rows // 2, 0),
        output="scores",
    )
