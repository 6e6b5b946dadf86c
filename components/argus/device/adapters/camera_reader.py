"""The program that reads one live camera, in a process of its own: a native read that hangs can be killed.

Started by :mod:`argus.device.adapters.camera_process` as ``python -m argus.device.adapters.camera_reader``; see
:mod:`argus.device.adapters.camera_wire` for what it is told and what it says.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import BinaryIO

import cv2

from argus.device.adapters.camera_wire import FAILED, FRAME, OPENED, Header, Request
from argus.device.adapters.opencv import open_capture


def main() -> None:
    # Libraries that print to standard output must not get between the messages.
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    request = Request.decode(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(BrokenPipeError):  # the parent closed its end: nobody is left to tell
        _send_failure(messages, _read(request, messages))


def _end_with_parent() -> None:
    """Ends the process when the parent's end of the pipe closes, even while a native read hangs."""
    sys.stdin.buffer.read()
    os._exit(0)


def _read(request: Request, messages: BinaryIO) -> str:
    """Sends frames as long as there are any; returns why there are no more."""
    capture = open_capture(
        request.source, timeout_seconds=None if isinstance(request.source, int) else request.timeout_seconds
    )
    if not capture.isOpened():
        if isinstance(request.source, int):
            return "it cannot be opened; check that it is connected, not in use, and listed by `argus doctor`"
        return "it cannot be opened; check that it is switched on and connected, and its address and password"
    messages.write(Header(OPENED, 0, 0, 0.0).encode())
    bgr = None
    while capture.grab():
        captured_seconds = time.monotonic()
        read, bgr = capture.retrieve(bgr)
        if not read:
            continue
        # A camera that gives grey or other pictures has them converted by OpenCV unless its driver cannot.
        if bgr.ndim != 3 or bgr.shape[2] != 3:
            bgr = cv2.cvtColor(bgr, cv2.COLOR_GRAY2BGR)
        height, width = bgr.shape[:2]
        messages.write(Header(FRAME, height, width, captured_seconds).encode())
        _write_all(messages, bgr.data.cast("B"))
    return "it stopped sending pictures"


def _write_all(messages: BinaryIO, body: memoryview) -> None:
    while body:
        body = body[messages.write(body) :]


def _send_failure(messages: BinaryIO, reason: str) -> None:
    body = reason.encode()
    messages.write(Header(FAILED, len(body), 0, 0.0).encode() + body)


if __name__ == "__main__":
    main()
