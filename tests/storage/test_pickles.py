"""Encodings are read out of pickles, and no pickle does anything."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from argus.core.errors import UsageError
from argus.storage.pickles import read_pickled_encodings

ENCODINGS = [np.random.default_rng(7).normal(size=(128,)) for _ in range(3)]
TWO, OTHER = ENCODINGS[:2], ENCODINGS[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "encodings.pkl"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "value",
    [
        {"encodings": [*TWO, OTHER], "names": ["Ann", "Ann", "Bob"]},
        {"Ann": TWO, "Bob": [OTHER]},
        {"Ann": np.stack(TWO), "Bob": OTHER},
        {"Ann": [one.tolist() for one in TWO], "Bob": OTHER.tolist()},
        {"Ann": [one.astype(">f8") for one in TWO], "Bob": OTHER.astype(np.float32)},
    ],
)
def test_the_customary_shapes_are_read(value: object, protocol: int, file: Path) -> None:
    file.write_bytes(pickle.dumps(value, protocol=protocol))
    found = read_pickled_encodings(file)
    assert {name: len(vectors) for name, vectors in found.items()} == {"Ann": 2, "Bob": 1}
    np.testing.assert_array_equal(found["Ann"], np.stack(TWO).astype(np.float32))
    np.testing.assert_array_equal(found["Bob"], OTHER[None].astype(np.float32))


@pytest.mark.parametrize(
    "value",
    [
        [*TWO],
        {"encodings": TWO, "names": ["Ann"]},
        {"encodings": TWO, "names": "ab"},
        {1: TWO},
        {"Ann": [np.zeros(127)]},
        {"Ann": [np.full(128, np.nan)]},
        {"Ann": [np.zeros(128, np.int64)]},
        {"Ann": np.zeros((1, 1, 128))},
        {"Ann": ["x"]},
        {"Ann": 7},
        {"Ann": {"encodings": TWO}},
    ],
)
def test_what_is_something_else_is_refused(value: object, file: Path) -> None:
    file.write_bytes(pickle.dumps(value))
    with pytest.raises(UsageError, match="holds something else than encodings"):
        read_pickled_encodings(file)


class Calls:
    """What loading it would do: make a file that tells of it."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self.function, self.arguments


def test_nothing_is_called(file: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for hostile in (
        Calls(os.system, f"touch {trace}"),
        {"Ann": [Calls(os.mkdir, str(trace))]},
        {"Ann": TWO, "Bob": Calls(eval, f"open({str(trace)!r}, 'w')")},
    ):
        for protocol in range(6):
            file.write_bytes(pickle.dumps(hostile, protocol=protocol))
            with pytest.raises(UsageError):
                read_pickled_encodings(file)
    assert not trace.exists()
    pickle.loads(pickle.dumps(Calls(os.mkdir, str(trace))))
    assert trace.exists()  # so it would have been


ITSELF: list[Any] = []
ITSELF.extend([ITSELF, ITSELF])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04",
        b"\x80\x04.",
        b"\x80\x04}",
        b"\x80\x04\x85.",
        b"\x80\x04t.",
        b"\x80\x04]h\x07.",
        b"\x80\x04)R.",
        b"\x80\x04])b.",
        b"\x80\x04K\x01K\x01a.",
        b"\x80\x04X" + struct.pack("<I", 2**31) + b"x",
        b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"x",
        b"\x80\x05\x96" + struct.pack("<Q", 2**60) + b"x",
        b"\x80\x04}r" + struct.pack("<I", 2**32 - 1) + b".",
        b"\x80\x04" + b")" + b"\x85" * 200_000 + b".",
        pickle.dumps({"Ann": ITSELF}),
        pickle.dumps({"Ann": [Calls(np.zeros, (2**40,))]}),
    ],
)
def test_no_bytes_do_harm(data: bytes, file: Path) -> None:
    file.write_bytes(data)
    try:
        assert read_pickled_encodings(file) == {}
    except UsageError as error:
        assert len(str(error)) < 500


def test_a_huge_file_is_not_looked_at(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(300 * 1024 * 1024)
    with pytest.raises(UsageError, match="split it"):
        read_pickled_encodings(file)


def test_whatever_is_altered_ends_in_one_sentence(file: Path) -> None:
    generator = np.random.default_rng(0)
    for _ in range(500):
        data = bytearray(pickle.dumps({"Ann": TWO, "Bob": OTHER}, protocol=int(generator.integers(2, 6))))
        for at in generator.integers(0, len(data), 3):
            data[at] = generator.integers(0, 256)
        file.write_bytes(bytes(data))
        with suppress(UsageError):
            read_pickled_encodings(file)
