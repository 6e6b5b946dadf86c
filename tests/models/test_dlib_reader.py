"""The reader of dlib's weight files: right on good files, one clear error on every other."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argus.core.errors import ModelError
from argus.vision.model_store import DLIB_DETECTOR, DLIB_EMBEDDING, ModelStore
from models.detector import detector_onnx
from models.dlib_format import DlibReader
from models.dlib_network import (
    AddPrevious,
    Affine,
    Convolution,
    DetectorOptions,
    FullyConnected,
    Overlap,
    Pool,
    Relu,
    read_network,
)
from models.embedding import embedding_onnx
from tests.models import dlib_writer as write

RANDOM = np.random.default_rng(7)
KERNEL = RANDOM.normal(size=(2, 3, 5, 5)).astype(np.float32)
MATRIX = RANDOM.normal(size=(4, 6)).astype(np.float32)
LAYERS = (
    write.convolution(KERNEL, [0.5, -0.5], stride=2, padding=1),
    write.affine([1.5, 2.5], [3.5, 4.5]),
    write.string("relu_"),
    write.pool("max_pool_2", 3, 2),
    write.batch_normalisation([2.0, 3.0], [0.5, 0.25], [1.0, -1.0], [3.75, 8.75], 0.25),
    write.string("add_prev_"),
    write.pool("avg_pool_2", 0, 1),
    write.fully_connected(MATRIX),
)
METRIC = write.network(write.METRIC_LOSS, LAYERS)
DETECTOR = write.network(write.DETECTOR_LOSS, LAYERS[:3])


def reader(data: bytes) -> DlibReader:
    return DlibReader(data, "weights.dat")


@given(st.integers(-(2**64) + 1, 2**64 - 1))
def test_integers(value: int) -> None:
    assert reader(write.integer(value)).integer() == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_reals(value: float) -> None:
    assert reader(write.real(value)).real() == value


@given(st.text(st.characters(codec="ascii"), max_size=256))
def test_strings(value: str) -> None:
    assert reader(write.string(value)).string() == value


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_tensors(values: list[float]) -> None:
    read = reader(write.tensor(values, (1, len(values), 1, 1))).tensor()
    assert read.shape == (1, len(values), 1, 1)
    assert read.ravel().tolist() == values


def test_reads_every_kind_of_layer() -> None:
    network = read_network(METRIC, "weights.dat")
    assert network.mean_rgb == (1.0, 2.0, 3.0)
    assert network.detector is None
    convolution, affine, relu, largest, normalisation, add, average, connected = network.layers
    assert isinstance(convolution, Convolution)
    assert (convolution.weights == KERNEL).all()
    assert convolution.bias.tolist() == [0.5, -0.5]
    assert (convolution.stride, convolution.padding) == (2, 1)
    assert isinstance(affine, Affine)
    assert (affine.scale.tolist(), affine.shift.tolist()) == ([1.5, 2.5], [3.5, 4.5])
    assert relu == Relu()
    assert largest == Pool("max", 3, 2)
    assert isinstance(normalisation, Affine)
    assert (normalisation.scale.tolist(), normalisation.shift.tolist()) == ([1.0, 1.0], [-0.5, 1.25])
    assert add == AddPrevious()
    assert average == Pool("average", 0, 1)
    assert isinstance(connected, FullyConnected)
    assert (connected.weights == MATRIX).all()


def test_reads_the_options_of_a_detector() -> None:
    assert read_network(DETECTOR, "weights.dat").detector == DetectorOptions(80, 60, Overlap(0.34, 0.9))


@given(st.integers(0, len(METRIC) - 1))
def test_a_truncated_file_is_refused(length: int) -> None:
    with pytest.raises(ModelError, match=r"weights\.dat is damaged .* run `python -m models`"):
        read_network(METRIC[:length], "weights.dat")


@given(st.binary(min_size=1, max_size=20))
def test_a_file_with_more_at_its_end_is_refused(more: bytes) -> None:
    with pytest.raises(ModelError, match="bytes too many"):
        read_network(METRIC + more, "weights.dat")


@settings(max_examples=500)
@given(
    st.sampled_from([METRIC, DETECTOR]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_a_damaged_file_is_read_or_refused_but_never_crashes(data: bytes, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(data)
    for position, value in changes:
        damaged[position % len(damaged)] = value
    try:
        network = read_network(bytes(damaged), "weights.dat")
    except ModelError:
        return
    for convert in (embedding_onnx, detector_onnx):
        with pytest.raises(ModelError):
            convert(network)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ModelError):
        read_network(noise, "weights.dat")


@pytest.mark.parametrize(
    "data",
    [
        write.integer(2) + 4 * write.integer(2**62),
        write.integer(2) + write.integer(0) + 3 * write.integer(2**62),
        write.integer(2) + write.integer(-1) + 3 * write.integer(1),
        write.integer(3) + 4 * write.integer(0),
        write.tensor([math.inf], (1, 1, 1, 1)),
        write.tensor([math.nan], (1, 1, 1, 1)),
    ],
)
def test_hostile_tensors_cost_nothing(data: bytes) -> None:
    try:
        assert reader(data).tensor().size == 0
    except ModelError as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x09" + bytes(9), b"\x11\x01", b"\x04\x01"])
def test_what_is_no_integer_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        reader(data).integer()


@pytest.mark.parametrize("exponent", [32000, 32001, 32002, 1025, 1024, -32000, 2**60])
def test_reals_that_are_not_finite_are_refused(exponent: int) -> None:
    with pytest.raises(ModelError, match="not finite"):
        reader(write.integer(1) + write.integer(exponent)).real()


@pytest.mark.parametrize("data", [write.integer(257) + bytes(257), write.integer(-1), write.integer(1) + b"\xff"])
def test_strings_that_no_layer_is_called_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        reader(data).string()


@pytest.mark.parametrize(
    "layers",
    [
        [write.string("con_9")],
        [write.pool("max_pool_2", 3, 0)],
        [write.convolution(KERNEL, [0.5], stride=1, padding=0)],
        [write.convolution(KERNEL, [0.5, 0.5], stride=9, padding=0)],
        [write.affine([1.0], [1.0, 2.0])],
        [write.batch_normalisation([1.0], [1.0], [1.0], [-1.0], 0.1)],
        [write.batch_normalisation([1.0], [1.0], [1.0, 2.0], [1.0], 0.1)],
    ],
)
def test_layers_that_cannot_be_are_refused(layers: list[bytes]) -> None:
    with pytest.raises(ModelError):
        read_network(write.network(write.METRIC_LOSS, layers), "weights.dat")


def test_a_network_without_end_is_refused() -> None:
    with pytest.raises(ModelError, match="too many layers"):
        read_network(write.integer(1) + write.METRIC_LOSS + 2000 * write.integer(2), "weights.dat")


@pytest.fixture(scope="module")
def weights(model_store: ModelStore) -> Path:
    return model_store.directory


def test_reads_dlibs_detector(weights: Path) -> None:
    network = read_network((weights / DLIB_DETECTOR).read_bytes(), DLIB_DETECTOR)
    assert network.mean_rgb == pytest.approx((122.782, 117.001, 104.298))
    assert network.detector is not None
    assert (network.detector.window_width, network.detector.window_height) == (80, 80)
    assert sum(isinstance(layer, Convolution) for layer in network.layers) == 7


def test_reads_dlibs_embedding(weights: Path) -> None:
    network = read_network((weights / DLIB_EMBEDDING).read_bytes(), DLIB_EMBEDDING)
    assert sum(isinstance(layer, Convolution) for layer in network.layers) == 29
    assert sum(isinstance(layer, AddPrevious) for layer in network.layers) == 14


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 729_939), flip=st.integers(1, 255), length=st.integers(0, 729_939))
def test_dlibs_own_file_damaged(weights: Path, position: int, flip: int, length: int) -> None:
    data = (weights / DLIB_DETECTOR).read_bytes()
    with pytest.raises(ModelError):
        read_network(data[:length], DLIB_DETECTOR)
    damaged = data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :]
    try:
        read_network(damaged, DLIB_DETECTOR)
    except ModelError as error:
        assert "damaged" in str(error)
