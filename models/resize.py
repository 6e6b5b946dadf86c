"""Bilinear resizing as ONNX: what the detector's image pyramid is made with.

Input ``planes`` (n, channels, height, width) float32 and ``size``, the four wanted dimensions; output ``resized``.
Corners map to corners, as in dlib. It has no weights: it is here because ONNX Runtime resizes several times faster
than numpy and Pillow, and exactly as the detector's reference does, without needing OpenCV on the device.
"""

from __future__ import annotations

import numpy as np

from models.onnx_graph import GraphBuilder, value_info


def resize_onnx() -> bytes:
    """The model file."""
    graph = GraphBuilder("resize")
    graph.node(
        "Resize",
        "planes",
        "",
        "",
        "size",
        output="resized",
        mode="linear",
        coordinate_transformation_mode="align_corners",
    )
    return graph.build(
        [value_info("planes", np.float32, ["n", "channels", "height", "width"]), value_info("size", np.int64, [4])],
        [value_info("resized", np.float32, ["n", "channels", "rows", "columns"])],
        {},
    )
