"""Opens an ONNX Runtime session the one way that was measured to be best: its defaults.

Files optimised ahead of time are never shipped: they hold the kernels' layout of the processor that made
them.
"""

from __future__ import annotations

import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NotImplemented,
    RuntimeException,
)

from argus.vision.model_store import ModelStore

_REFUSED = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotImplemented, RuntimeException, RuntimeError)
"""What ONNX Runtime raises on files that it cannot load."""


def open_session(
    store: ModelStore, name: str, *, inputs: set[str], outputs: set[str], threads: int
) -> ort.InferenceSession:
    """A session on the processor.

    Args:
        name: a model file of ``store``.
        inputs, outputs: what the network must take and give.
        threads: threads of one run; 1 leaves the other cores to other cameras.

    Raises:
        ModelError: the file is missing, damaged, or another network.
    """
    model = store.read(name)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Its own log would tell of a bad file a second time.
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _REFUSED:
        raise store.foreign(name) from None
    if {one.name for one in session.get_inputs()} != inputs or {one.name for one in session.get_outputs()} != outputs:
        raise store.foreign(name)
    return session
