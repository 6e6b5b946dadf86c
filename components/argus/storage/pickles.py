"""Face encodings out of pickles, as users of face_recognition keep them; see :mod:`argus.storage.pickle_reading`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from argus.core.errors import UsageError
from argus.core.types import EMBEDDING_SIZE, Vector
from argus.storage.pickle_reading import Call, read_pickle

MAX_PICKLE_BYTES = 256 * 1024 * 1024
MAX_VECTORS = 100_000

_RECONSTRUCT = {f"numpy.{core}.multiarray _reconstruct" for core in ("core", "_core")}
_FROM_BUFFER = {f"numpy.{core}.numeric _frombuffer" for core in ("core", "_core")}
_REFUSED = (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, MemoryError)


def read_pickled_encodings(path: Path) -> dict[str, list[Vector]]:
    """Name -> vectors, of ``{name: [encoding, ...]}`` or ``{"encodings": [...], "names": [...]}``.

    Returns:
        ``(128,)`` float32 each, at least one a name.

    Raises:
        UsageError: the file holds something else, or more than :data:`MAX_VECTORS`.
    """
    if path.stat().st_size > MAX_PICKLE_BYTES:
        raise UsageError(f"{path} has more than {MAX_PICKLE_BYTES:,} bytes: split it")
    found: dict[str, list[Vector]] = {}
    try:
        with np.errstate(all="ignore"):  # what is no number is found below
            for count, (name, vector) in enumerate(_pairs(read_pickle(path.read_bytes()))):
                if count == MAX_VECTORS:
                    raise ValueError(f"more than {MAX_VECTORS:,} encodings")
                found.setdefault(name, []).append(vector)
    except _REFUSED as error:
        raise UsageError(
            f"{path} holds something else than encodings of face_recognition ({str(error)[:100]}): give a pickle of a "
            "dict of names to lists of encodings, or of 'encodings' and 'names', made by Python 3"
        ) from error
    return found


def _pairs(value: object) -> Iterator[tuple[str, Vector]]:
    if not isinstance(value, dict):
        raise ValueError("it is no dict")
    if value.keys() != {"encodings", "names"}:
        for name, rows in value.items():
            yield from ((name, row) for row in _rows(rows))
        return
    if not isinstance(value["names"], list) or not all(isinstance(name, str) for name in value["names"]):
        raise ValueError("the names are no list of text")
    yield from zip(value["names"], _rows(value["encodings"]), strict=True)


def _rows(value: object) -> Iterator[Vector]:
    """The vectors of an encoding, of an array of them, or of a list of them."""
    if isinstance(value, list) and not (value and isinstance(value[0], float)):
        for one in value:
            yield _vector(_array(one) if isinstance(one, Call) else _numbers(one))
        return
    array = _array(value) if isinstance(value, Call) else _numbers(value)
    for row in array if array.ndim == 2 else [array]:
        yield _vector(row)


def _vector(array: NDArray[np.float64]) -> Vector:
    vector = array.astype(np.float32)
    if vector.shape != (EMBEDDING_SIZE,) or not np.isfinite(vector).all():
        raise ValueError(f"an encoding is not {EMBEDDING_SIZE} numbers")
    return vector


def _numbers(value: object) -> NDArray[np.float64]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, float) for one in value):
        raise ValueError("an encoding is neither an array nor a list of numbers")
    return np.array(value, np.float64)


def _array(call: Call) -> NDArray[np.float64]:
    data: object
    if call.function in _RECONSTRUCT and isinstance(call.state, tuple):
        _, shape, dtype, by_columns, data = call.state
    elif call.function in _FROM_BUFFER:
        data, dtype, shape, order = call.arguments
        by_columns = order != "C"
    else:
        raise ValueError(f"it wants {call.function!r} called")
    if isinstance(data, Call) and data.function == "_codecs encode" and isinstance(data.arguments[0], str):
        data = data.arguments[0].encode("latin1")  # how protocol 2 writes bytes
    if not isinstance(data, bytes | bytearray) or by_columns:
        raise ValueError("an array is of an unusual kind")
    if not isinstance(shape, tuple) or not all(isinstance(length, int) for length in shape):
        raise ValueError("an array has no shape")
    return np.frombuffer(data, _dtype(dtype)).reshape(shape).astype(np.float64)


def _dtype(call: object) -> np.dtype[np.floating]:
    """Of floats of 4 or 8 bytes."""
    if isinstance(call, Call) and call.function == "numpy dtype" and isinstance(call.state, tuple):
        size, order = call.arguments[0], call.state[1]
        if size in ("f4", "f8") and order in ("<", ">"):
            return np.dtype(f"{order}{size}")
    raise ValueError("an array is not of floats")
