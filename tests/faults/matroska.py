"""The smallest Matroska file of pictures, each with a time of its own: a variable frame rate."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def matroska(jpegs: Sequence[bytes], times_ms: Sequence[int], size: tuple[int, int]) -> bytes:
    """Motion JPEG; all pictures have ``size`` (width, height), and their times fit into 32 seconds."""
    header = _element(0x1A45DFA3, _element(0x4282, b"matroska") + _integer(0x4287, 4) + _integer(0x4285, 2))
    info = _element(0x1549A966, _integer(0x2AD7B1, 1_000_000))  # times in milliseconds
    video = _element(0xE0, _integer(0xB0, size[0]) + _integer(0xBA, size[1]))
    facts = _integer(0xD7, 1) + _integer(0x73C5, 1) + _integer(0x83, 1) + _element(0x86, b"V_MJPEG")
    tracks = _element(0x1654AE6B, _element(0xAE, facts + video))
    blocks = b"".join(
        _element(0xA3, b"\x81" + struct.pack(">hB", time, 0x80) + jpeg)
        for time, jpeg in zip(times_ms, jpegs, strict=True)
    )
    return header + _element(0x18538067, info + tracks + _element(0x1F43B675, _integer(0xE7, 0) + blocks))


def _integer(identifier: int, value: int) -> bytes:
    return _element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _element(identifier: int, content: bytes) -> bytes:
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return name + struct.pack(">Q", len(content) | 1 << 56) + content
