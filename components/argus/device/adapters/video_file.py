"""A video file, frame by frame, with the container's own times."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np

from argus.core.errors import SourceError
from argus.core.types import Frame
from argus.device.adapters.modified import modified_at
from argus.device.adapters.opencv import open_capture
from argus.device.adapters.pace import Pace

_log = logging.getLogger(__name__)

FALLBACK_FPS = 25.0
"""Used where a container states no believable rate."""


class VideoFile:
    """Implements :class:`argus.core.ports.FrameSource`; every call of ``frames`` plays from the start.

    ``at_seconds`` is the container's presentation time, so that a variable frame rate is respected. ``captured_at``
    is the file's modification time plus that, so that two runs give equal frames.
    """

    def __init__(self, path: Path, *, camera_id: str, rate: float = 0.0) -> None:
        """
        Args:
            rate: frames a second that are given, at most; 0 gives all.

        Raises:
            SourceError: there is no such file.
        """
        if not path.is_file():
            raise SourceError(f"There is no video file at {path}: check the path.")
        self._path = path.absolute()
        self._camera_id = camera_id
        self._rate = rate
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        capture = open_capture(str(self._path))
        try:
            if not capture.isOpened():
                raise SourceError(
                    f"{self._path} cannot be opened as a video: it is damaged, incomplete or of an unknown kind."
                )
            yield from self._read(capture)
        finally:
            capture.release()

    def close(self) -> None:
        # Only a flag: releasing the capture under a reader in another thread would crash it.
        self._closed = True

    def _read(self, capture: cv2.VideoCapture) -> Iterator[Frame]:
        base = modified_at(self._path)
        step_seconds = 1.0 / _believable_fps(capture)
        at_seconds, sequence = -step_seconds, 0
        pace = Pace(self._rate)
        bgr: np.ndarray | None = None
        while not self._closed and capture.grab():
            at_seconds = next_media_time(at_seconds, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0, step_seconds)
            if pace.passes(at_seconds):
                read, bgr = capture.retrieve(bgr)
                if read:
                    rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
                    yield Frame(self._camera_id, sequence, base + timedelta(seconds=at_seconds), at_seconds, rgb)
            sequence += 1
        if self._closed:
            return
        if sequence == 0:
            raise SourceError(f"{self._path} holds no picture that can be read: it is damaged or has no video track.")
        self._warn_if_cut_short(capture, sequence, at_seconds + step_seconds, step_seconds)

    def _warn_if_cut_short(
        self, capture: cv2.VideoCapture, frames_read: int, end_seconds: float, step_seconds: float
    ) -> None:
        """Warns where both the count and the length fall short: some containers state one of them roughly."""
        stated_frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        stated_seconds = stated_frames * step_seconds
        if frames_read < stated_frames and end_seconds < stated_seconds - 1.5 * step_seconds:
            _log.warning(
                "%s ends early: %d of about %d frames could be read; the file is incomplete or damaged.",
                self._path,
                frames_read,
                int(stated_frames),
            )


def next_media_time(previous_seconds: float, stated_seconds: float, step_seconds: float) -> float:
    """The time of a frame: what the container states, or one step on where that is missing or does not increase."""
    if math.isfinite(stated_seconds) and stated_seconds > previous_seconds and stated_seconds >= 0:
        return stated_seconds
    return previous_seconds + step_seconds


def _believable_fps(capture: cv2.VideoCapture) -> float:
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    return fps if math.isfinite(fps) and 0.1 <= fps <= 1000 else FALLBACK_FPS
