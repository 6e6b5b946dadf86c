"""Opens an ONNX Runtime session the one way that was measured to be best: its defaults.

Files optimised ahead of time are never shipped: they hold the kernels' layout of the processor that made
them.
"""

from __future__ import annotations

import onnxruntime as ort


def open_session(model: bytes, threads: int) -> ort.InferenceSession:
    """A session on the processor.

    Args:
        model: a verified ONNX file.
        threads: threads of one run; 1 leaves the other cores to other cameras.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
