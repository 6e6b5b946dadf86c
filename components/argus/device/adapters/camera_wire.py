"""What a camera's reader process and its parent say to each other over two pipes.

Parent to reader, on its standard input: one line of JSON, the request. The pipe then stays open as long as the parent
lives; its end tells the reader to stop. The request does not travel on the command line, where every user of the
machine could read a camera's password.

Reader to parent, on its standard output: messages, each a header and then a body.

=======  ==========================  =================  ===========================
kind     first, second               seconds            body
=======  ==========================  =================  ===========================
opened   0, 0                        0                  none
frame    height, width               monotonic, capture ``height * width * 3`` bytes, BGR
failed   length, 0                   0                  UTF-8 sentence; the last message
=======  ==========================  =================  ===========================
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import NamedTuple

OPENED, FRAME, FAILED = b"O", b"F", b"E"

_HEADER = struct.Struct("<cIId")
HEADER_BYTES = _HEADER.size

MAX_BODY_BYTES = 8192 * 8192 * 3
"""A larger body means that the pipe holds something else."""


@dataclass(frozen=True)
class Request:
    """What to read: a URL, a GStreamer pipeline, or a USB index; and how long it may take to open and for one frame."""

    source: str | int
    timeout_seconds: float

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Request:
        return cls(**json.loads(line))


class Header(NamedTuple):
    """The fixed part of a message; see the table above."""

    kind: bytes
    first: int
    second: int
    seconds: float

    def encode(self) -> bytes:
        return _HEADER.pack(*self)

    @classmethod
    def decode(cls, data: bytes) -> Header:
        return cls(*_HEADER.unpack(data))

    @property
    def body_bytes(self) -> int:
        if self.kind == FRAME:
            return self.first * self.second * 3
        return self.first if self.kind == FAILED else 0
