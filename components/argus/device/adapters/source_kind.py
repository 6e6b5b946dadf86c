"""What kind of source a person names, by its form alone: nothing is opened."""

from __future__ import annotations

import shlex
from typing import Literal

from argus.core.errors import UsageError

SourceKind = Literal["index", "url", "pipeline", "path"]

PIPELINE = "gst:"
"""How the name of a GStreamer pipeline begins."""

_LIVE_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})


def source_kind(spec: str) -> SourceKind:
    """A USB index (``"0"``), a URL of a camera, a GStreamer pipeline (``gst: v4l2src ! ...``), or a path.

    A file whose name is a number is written ``./0``.

    Raises:
        UsageError: it is none of these; what ``spec`` holds is not repeated, for it may be a password.
    """
    if not spec.strip() or (spec.startswith(PIPELINE) and not spec.removeprefix(PIPELINE).strip()):
        raise UsageError(
            "A source is a USB index, an RTSP or HTTP URL, a GStreamer pipeline (gst: ...), a video file or a folder "
            "of pictures."
        )
    if spec.startswith(PIPELINE):
        pipeline_words(spec)
        return "pipeline"
    scheme, separator, _ = spec.partition("://")
    if separator and scheme.lower() not in _LIVE_SCHEMES:
        raise UsageError("A source's URL starts with rtsp://, rtsps://, http:// or https://.")
    if separator:
        return "url"
    return "index" if spec.isascii() and spec.isdigit() else "path"


def pipeline_words(spec: str) -> tuple[str, ...]:
    """The words of a GStreamer pipeline, ``gst: v4l2src device=/dev/video0``, parted as a shell would.

    Raises:
        UsageError: a quotation mark has no partner.
    """
    try:
        return tuple(shlex.split(spec.removeprefix(PIPELINE)))
    except ValueError as error:
        raise UsageError("A quotation mark in a GStreamer pipeline has no partner: write two, or none.") from error
