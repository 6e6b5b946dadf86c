"""Reader of dlib's ``serialize`` format: the alphabet that its weight files are written in.

- integer: one byte whose low 4 bits are a byte count and whose top bit is the sign, then that many
  bytes of magnitude, little-endian;
- boolean: the character ``0`` or ``1``;
- string: its length as an integer, then its bytes;
- real: mantissa and base-2 exponent, both integers (32000 to 32002 stand for the infinities and NaN);
- tensor: the integer 2, four dimensions (samples, channels, rows, columns), then raw float32, little-endian;
- tensor shape: the integer 1, then four dimensions.

Files are not trusted: every length is checked against what is left of the file before anything is
allocated, so a hostile file costs no more memory than its own size, and ends in a ModelError.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from argus.core.errors import ModelError

Shape4 = tuple[int, int, int, int]

_SIGN, _RESERVED, _COUNT = 0x80, 0x70, 0x0F
_MAX_INTEGER_BYTES = 8
_MAX_STRING = 256
"""Longest string accepted, bytes: the format's strings are names of layers."""
_SPECIAL_EXPONENT = 32000
_MAX_EXPONENT = 1024
"""Largest base-2 exponent of a double; a mantissa only makes the number larger."""


class DlibReader:
    """A cursor over one file's bytes; every method reads one value and moves on."""

    def __init__(self, data: bytes, name: str) -> None:
        """``name`` is what messages call the file."""
        self._data = data
        self._name = name
        self._position = 0

    def damaged(self, what: str) -> ModelError:
        """The error to raise for a fault at the cursor."""
        return ModelError(
            f"{self._name} is damaged or not the expected file ({what} at byte {self._position}): "
            "delete it and run `python -m models`"
        )

    def integer(self) -> int:
        head = self._take(1, "an integer")[0]
        count = head & _COUNT
        if head & _RESERVED or not 1 <= count <= _MAX_INTEGER_BYTES:
            raise self.damaged("no integer")
        magnitude = int.from_bytes(self._take(count, "an integer"), "little")
        return -magnitude if head & _SIGN else magnitude

    def expect_integer(self, expected: int, what: str) -> None:
        """Reads an integer that can have one value only, such as a version."""
        found = self.integer()
        if found != expected:
            raise self.damaged(f"{what} is {found} instead of {expected}")

    def boolean(self) -> bool:
        character = self._take(1, "a boolean")
        if character not in (b"0", b"1"):
            raise self.damaged("no boolean")
        return character == b"1"

    def string(self) -> str:
        length = self.integer()
        if not 0 <= length <= _MAX_STRING:
            raise self.damaged(f"a name of {length} bytes")
        try:
            return self._take(length, "a name").decode("ascii")
        except UnicodeDecodeError:
            raise self.damaged("a name that is not ASCII") from None

    def real(self) -> float:
        """A finite real number; infinities and NaN have no place in a network."""
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) >= _SPECIAL_EXPONENT or exponent > _MAX_EXPONENT:
            raise self.damaged("a number that is not finite")
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError:
            raise self.damaged("a number that is not finite") from None

    def tensor(self) -> NDArray[np.float32]:
        """Float32 array of four dimensions, finite everywhere; empty ones are ``(0, 0, 0, 0)``."""
        self.expect_integer(2, "the version of a tensor")
        shape = self._dimensions()
        values = np.frombuffer(self._take(4 * math.prod(shape), "a tensor"), dtype="<f4")
        if not np.isfinite(values).all():
            raise self.damaged("a tensor holds a number that is not finite")
        return values.reshape(shape).astype(np.float32)

    def shape(self) -> Shape4:
        """The shape of a view into another tensor, written without its values."""
        self.expect_integer(1, "the version of a tensor shape")
        return self._dimensions()

    def expect_end(self) -> None:
        if self._position != len(self._data):
            raise self.damaged(f"{len(self._data) - self._position} bytes too many")

    def _dimensions(self) -> Shape4:
        samples, channels, rows, columns = (self.integer() for _ in range(4))
        if min(samples, channels, rows, columns) < 0:
            raise self.damaged("a negative dimension")
        if 0 in (samples, channels, rows, columns):
            return 0, 0, 0, 0  # beside a zero, a hostile file may put sizes that no array can have
        return samples, channels, rows, columns

    def _take(self, count: int, what: str) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise self.damaged(f"the file ends inside {what}")
        taken = self._data[self._position : end]
        self._position = end
        return taken
