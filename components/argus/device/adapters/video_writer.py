"""Frames into a video file."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from argus.core.errors import SourceError, UsageError
from argus.core.types import RgbImage
from argus.device.adapters.opencv import open_capture, silence

CODECS = {".mp4": "mp4v", ".avi": "MJPG"}
"""What OpenCV's wheel writes everywhere (it writes no H.264): MPEG-4 part 2, and Motion JPEG for the better picture."""


class VideoWriter:
    """Writes one video at a constant rate; a context manager, as the file is complete only once it is closed."""

    def __init__(self, path: Path, *, fps: float) -> None:
        """
        Args:
            path: ends in ``.mp4`` or ``.avi``; an existing file is replaced.
            fps: frames a second.

        Raises:
            UsageError: another ending, or a rate that is not positive.
        """
        codec = CODECS.get(path.suffix.lower())
        if codec is None:
            raise UsageError(f"A video is written to a file that ends in {' or '.join(CODECS)}, not to {path}.")
        if not 0 < fps < float("inf"):
            raise UsageError(f"A video has a positive number of frames a second, not {fps}.")
        self._path, self._fps = path, fps
        self._fourcc = cv2.VideoWriter.fourcc(*codec)
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._written = 0

    def write(self, rgb: RgbImage) -> None:
        """Adds a picture; the first sets the size, and pictures of other sizes are fitted into it.

        Raises:
            SourceError: the file cannot be written.
        """
        if self._writer is None:
            self._size = (rgb.shape[1], rgb.shape[0])
            silence()
            writer = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, self._fourcc, self._fps, self._size)
            if not writer.isOpened():
                raise SourceError(f"{self._path} cannot be written: check that its folder exists and has room.")
            self._writer = writer
        self._written += 1
        self._writer.write(cv2.cvtColor(_fitted(rgb, self._size), cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Completes the file; safe to call twice.

        Raises:
            SourceError: the file is not whole. OpenCV says nothing of a full disk, so what was written is asked.
        """
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        capture = open_capture(str(self._path.absolute()))
        stated = capture.get(cv2.CAP_PROP_FRAME_COUNT) if capture.isOpened() else 0
        capture.release()
        if stated < self._written:
            raise SourceError(f"{self._path} could not be written whole: make room on the disk and run it again.")

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _fitted(rgb: RgbImage, size: tuple[int, int]) -> RgbImage:
    """``rgb`` scaled to fit ``size`` (width, height), with black bars where its shape differs."""
    height, width = rgb.shape[:2]
    if (width, height) == size:
        return rgb
    scale = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(rgb, inner, interpolation=cv2.INTER_AREA)
    return canvas
