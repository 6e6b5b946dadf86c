"""Writes dlib's ``serialize`` format, so that the reader can be tested on small made-up files."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def integer(value: int) -> bytes:
    magnitude = abs(value)
    count = max(1, (magnitude.bit_length() + 7) // 8)
    return bytes([count | (0x80 if value < 0 else 0)]) + magnitude.to_bytes(count, "little")


def string(text: str) -> bytes:
    return integer(len(text)) + text.encode()


def real(value: float) -> bytes:
    mantissa, exponent = math.frexp(value)
    return integer(int(mantissa * 2**53)) + integer(exponent - 53)


def shape(*dimensions: int) -> bytes:
    return integer(1) + b"".join(map(integer, dimensions))


def tensor(values: ArrayLike, dimensions: Sequence[int]) -> bytes:
    data = np.asarray(values, "<f4").tobytes()
    return integer(2) + b"".join(map(integer, dimensions)) + data


EMPTY = tensor([], (0, 0, 0, 0))
TRAINING = b"110" + 3 * EMPTY
RATES = 4 * real(1.0)


def convolution(weights: ArrayLike, bias: ArrayLike, *, stride: int, padding: int) -> bytes:
    kernel = np.asarray(weights, np.float32)
    filters, _, rows, columns = kernel.shape
    values = np.concatenate([kernel.ravel(), np.asarray(bias, np.float32)])
    numbers = (filters, rows, columns, stride, stride, padding, padding)
    return (
        string("con_4")
        + tensor(values, (values.size, 1, 1, 1))
        + b"".join(map(integer, numbers))
        + shape(*kernel.shape)
        + shape(1, filters, 1, 1)
        + RATES
    )


def affine(scale: Sequence[float], shift: Sequence[float]) -> bytes:
    one = shape(1, len(scale), 1, 1)
    return string("affine_") + tensor([*scale, *shift], (2 * len(scale), 1, 1, 1)) + one + one + integer(0)


def batch_normalisation(
    gamma: Sequence[float], beta: Sequence[float], mean: Sequence[float], variance: Sequence[float], eps: float
) -> bytes:
    size = len(gamma)
    one = shape(1, size, 1, 1)
    return (
        string("bn_con2")
        + tensor([*gamma, *beta], (2 * size, 1, 1, 1))
        + one
        + one
        + 2 * EMPTY
        + tensor(mean, (1, size, 1, 1))
        + tensor(variance, (1, size, 1, 1))
        + integer(1000)
        + integer(100)
        + RATES
        + real(eps)
    )


def pool(kind: str, size: int, stride: int) -> bytes:
    return string(kind) + b"".join(map(integer, (size, size, stride, stride, 0, 0)))


def fully_connected(weights: ArrayLike) -> bytes:
    matrix = np.asarray(weights, np.float32)
    inputs, outputs = matrix.shape
    return (
        string("fc_2")
        + integer(outputs)
        + integer(inputs)
        + tensor(matrix, (matrix.size, 1, 1, 1))
        + shape(inputs, outputs, 1, 1)
        + shape(0, 0, 0, 0)
        + integer(1)
        + RATES
    )


METRIC_LOSS = string("loss_metric_2") + real(0.04) + real(0.6)
DETECTOR_LOSS = (
    string("loss_mmod_")
    + integer(1)
    + integer(80)
    + integer(60)
    + b"".join(map(real, (1.0, 1.0, 0.5, 0.34, 0.9, 0.5, 1.0)))
)


def network(loss: bytes, layers: Sequence[bytes]) -> bytes:
    """A whole file; the input is dlib's with a mean of 1, 2, 3."""
    wrappers = b"".join(integer(2) for _ in layers[1:]) + integer(1) + integer(3)
    picture = string("input_rgb_image_sized") + b"".join(map(real, (1.0, 2.0, 3.0))) + integer(150) + integer(150)
    if loss == DETECTOR_LOSS:
        picture = string("input_rgb_image_pyramid") + b"".join(map(real, (1.0, 2.0, 3.0)))
    body = layers[0] + TRAINING + integer(1) + b"".join(layer + TRAINING for layer in layers[1:])
    return integer(1) + loss + wrappers + picture + body
