"""OpenCV's video input and output, set up in one place."""

from __future__ import annotations

import os

import cv2


def silence() -> None:
    """Switches off what OpenCV and FFmpeg print: many lines for one fault, and whole URLs with their passwords.

    To be called before either is first used, as FFmpeg's level is read only then.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_capture(source: str | int, *, timeout_seconds: float | None = None) -> cv2.VideoCapture:
    """A capture for a file, a URL (both through FFmpeg) or a USB index; ask it ``isOpened()``.

    One decoding thread: a pipeline of several cameras is parallel enough, and more threads cost memory.

    Args:
        source: absolute path, URL, or index.
        timeout_seconds: for URLs, how long FFmpeg may take to open, and to read one frame.
    """
    silence()
    if isinstance(source, int):
        return cv2.VideoCapture(source)
    options = [cv2.CAP_PROP_N_THREADS, 1]
    if timeout_seconds is not None:
        milliseconds = round(timeout_seconds * 1000)
        options += [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, milliseconds, cv2.CAP_PROP_READ_TIMEOUT_MSEC, milliseconds]
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, options)
