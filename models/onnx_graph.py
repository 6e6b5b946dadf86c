"""A small builder of ONNX graphs whose bytes depend on nothing but what is built.

Names are counted, versions are fixed and metadata is sorted, so that the same weights give the same
file on every machine and the file's sha256 can be pinned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from argus.core.errors import ModelError

OPSET = 17
IR_VERSION = 8
"""What ONNX Runtime has read since 1.13, that is on every Python this program supports."""

Attribute: TypeAlias = int | str | Sequence[int]


class GraphBuilder:
    """Adds nodes one after the other; values are named by strings."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: str, output: str | None = None, **attributes: Attribute) -> str:
        """Adds a node and returns the name of its one output."""
        output = output or f"{operator.lower()}_{len(self._nodes)}"
        node = helper.make_node(operator, list(inputs), [output], name=f"node_{output}")
        node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(attributes.items()))
        self._nodes.append(node)
        return output

    def constant(self, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Adds a constant and returns its name.

        Raises:
            ModelError: it holds a number that is not finite.
        """
        if not np.isfinite(values).all():
            raise ModelError("the weights overflow when they are converted: delete them and run `python -m models`")
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def convolution(
        self,
        value: str,
        weights: NDArray[np.float64],
        bias: NDArray[np.float64] | None = None,
        *,
        stride: int = 1,
        padding: tuple[int, int] = (0, 0),
        output: str | None = None,
    ) -> str:
        """``weights`` (outputs, inputs, rows, columns), ``padding`` in rows and columns; stored as float32."""
        parameters = [self.constant(part.astype(np.float32)) for part in (weights, bias) if part is not None]
        return self.node(
            "Conv",
            value,
            *parameters,
            output=output,
            kernel_shape=list(weights.shape[2:]),
            strides=[stride, stride],
            pads=[*padding, *padding],
        )

    def build(
        self, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto], metadata: Mapping[str, str]
    ) -> bytes:
        """The finished, checked model file."""
        graph = helper.make_graph(self._nodes, self._name, list(inputs), list(outputs), self._constants)
        model = helper.make_model(
            graph, producer_name="argus", opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        helper.set_model_props(model, dict(sorted(metadata.items())))
        onnx.checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString(deterministic=True)
        return data


def value_info(name: str, dtype: type[np.generic], shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    """An input or output; a dimension given as a string may have any size."""
    kinds = {np.uint8: TensorProto.UINT8, np.int64: TensorProto.INT64, np.float32: TensorProto.FLOAT}
    return helper.make_tensor_value_info(name, kinds[dtype], list(shape))
