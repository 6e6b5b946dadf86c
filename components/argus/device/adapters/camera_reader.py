"""The program that reads one live camera with OpenCV, in a process of its own: a native read that hangs can be killed.

Started as ``python -m argus.device.adapters.camera_reader``; see :mod:`argus.device.adapters.reader_program`.
"""

from __future__ import annotations

import time

import cv2

from argus.device.adapters.camera_wire import Request
from argus.device.adapters.opencv import open_capture
from argus.device.adapters.reader_program import Messages, run_reader


def _read(request: Request, messages: Messages) -> str:
    capture = open_capture(
        request.source, timeout_seconds=None if isinstance(request.source, int) else request.timeout_seconds
    )
    if not capture.isOpened():
        if isinstance(request.source, int):
            return "it cannot be opened; check that it is connected, not in use, and listed by `argus doctor`"
        return "it cannot be opened; check that it is switched on and connected, and its address and password"
    messages.opened()
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
        messages.frame(height, width, captured_seconds, bgr.data.cast("B"))
    return "it stopped sending pictures"


if __name__ == "__main__":
    run_reader(_read)
