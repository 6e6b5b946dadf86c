"""What the programs that read a live camera share: being told what to read, sending what was read, and ending.

Started by :mod:`argus.device.adapters.camera_process`; :mod:`argus.device.adapters.camera_wire` says what is said.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from argus.device.adapters.camera_wire import FAILED, FRAME, OPENED, Header, Request


class Messages:
    """To the parent; raises BrokenPipeError when that has closed its end."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output

    def opened(self) -> None:
        self._write(Header(OPENED, 0, 0, 0.0).encode())

    def frame(self, height: int, width: int, captured_seconds: float, bgr: memoryview) -> None:
        """A picture: ``height * width * 3`` bytes."""
        self._write(Header(FRAME, height, width, captured_seconds).encode())
        self._write(bgr)

    def failed(self, reason: str) -> None:
        """The last message; ``reason`` reads on after "cannot be read:"."""
        body = reason.encode()
        self._write(Header(FAILED, len(body), 0, 0.0).encode() + body)

    def _write(self, data: bytes | memoryview) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._output.write(rest) :]


def run_reader(read: Callable[[Request, Messages], str], let_go: Callable[[], None] = lambda: None) -> None:
    """Reads what the parent asks for until there is no more of it, or no parent.

    Args:
        read: sends frames as long as there are any; returns why there are no more.
        let_go: called before the process ends because its parent did, even while ``read`` hangs.
    """
    # Libraries that print to standard output must not get between the messages.
    messages = Messages(os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = Request.decode(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, args=(let_go,), daemon=True).start()
    with suppress(BrokenPipeError):  # nobody is left to tell
        messages.failed(read(request, messages))


def _end_with_parent(let_go: Callable[[], None]) -> None:
    """Waits until the parent's end of the pipe closes."""
    sys.stdin.buffer.read()
    let_go()
    os._exit(0)
