"""The event-stream frames that IPC speaks, byte by byte.

A frame, big-endian: its total length (u32), its headers' length (u32), the CRC-32 of those eight bytes, the headers,
the payload, the CRC-32 of everything before. A header: the name's length (u8), the name, its type (u8), its value.
"""

from __future__ import annotations

import asyncio
import binascii
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

LIMIT = 10_000
"""Bytes of the largest frame; a longer one ends the connection."""

_PRELUDE = 12
_AROUND = 16
_INT32, _TEXT = 4, 7


class FrameError(Exception):
    """Bytes after which a connection cannot go on."""


@dataclass(frozen=True)
class Frame:
    """One message; headers are of the two kinds that IPC uses, and a nucleus accepts no other."""

    headers: Mapping[str, int | str]
    payload: bytes = field(default=b"", repr=False)


def encode(frame: Frame) -> bytes:
    """The frame as it travels."""
    headers = b"".join(_header(name, value) for name, value in frame.headers.items())
    start = struct.pack(">II", _AROUND + len(headers) + len(frame.payload), len(headers))
    body = start + struct.pack(">I", binascii.crc32(start)) + headers + frame.payload
    return body + struct.pack(">I", binascii.crc32(body))


async def read(stream: asyncio.StreamReader) -> Frame:
    """The next frame.

    Raises:
        FrameError: it is too long or damaged.
        asyncio.IncompleteReadError: the connection ended.
    """
    prelude = await stream.readexactly(_PRELUDE)
    total, headers_length, checksum = struct.unpack(">III", prelude)
    if binascii.crc32(prelude[:8]) != checksum:
        raise FrameError("the prelude's checksum is wrong")
    if total > LIMIT:
        raise FrameError(f"a frame of {total} bytes is over the limit of {LIMIT}")
    if headers_length > total - _AROUND:
        raise FrameError("the headers do not fit into the frame")
    rest = await stream.readexactly(total - _PRELUDE)
    if binascii.crc32(prelude + rest[:-4]) != struct.unpack(">I", rest[-4:])[0]:
        raise FrameError("the frame's checksum is wrong")
    return Frame(_headers(rest[:headers_length]), rest[headers_length:-4])


def _header(name: str, value: int | str) -> bytes:
    start = bytes([len(name)]) + name.encode()
    if isinstance(value, int):
        return start + struct.pack(">Bi", _INT32, value)
    text = value.encode()
    return start + struct.pack(">BH", _TEXT, len(text)) + text


def _headers(data: bytes) -> dict[str, int | str]:
    headers: dict[str, int | str] = {}
    while data:
        name, data = data[1 : 1 + data[0]].decode(), data[1 + data[0] :]
        try:
            if data[0] == _INT32:
                (headers[name],) = struct.unpack(">i", data[1:5])
                data = data[5:]
            elif data[0] == _TEXT:
                end = 3 + struct.unpack(">H", data[1:3])[0]
                if len(data) < end:
                    raise FrameError("a header reaches beyond the headers")
                headers[name], data = data[3:end].decode(), data[end:]
            else:
                raise FrameError(f"header {name!r} is of type {data[0]}")
        except (IndexError, struct.error) as error:
            raise FrameError("a header reaches beyond the headers") from error
    return headers
