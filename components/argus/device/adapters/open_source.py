"""From what a person writes to a source of frames."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from argus.core.errors import SourceError, UsageError
from argus.core.ports import Clock, FrameSource
from argus.core.types import RgbImage
from argus.core.zones import Area
from argus.device.adapters.gst_words import GST_LAUNCH, MISSING
from argus.device.adapters.image_folder import DEFAULT_FPS, ImageFolder
from argus.device.adapters.live import LiveCamera
from argus.device.adapters.masked import MaskedSource
from argus.device.adapters.playback import Playback
from argus.device.adapters.source_kind import source_kind
from argus.device.adapters.status import ReportingSource
from argus.device.adapters.video_file import VideoFile


def open_source(
    spec: str,
    *,
    camera_id: str,
    clock: Clock,
    decode_image: Callable[[Path], RgbImage],
    loop: bool = False,
    fast: bool = False,
    patient: bool = False,
    folder_fps: float = DEFAULT_FPS,
    rate: float = 0.0,
    masks: Area | None = None,
) -> ReportingSource:
    """Opens a USB index (``"0"``), an ``rtsp(s)://`` or ``http(s)://`` URL, a GStreamer pipeline (``gst: ...``), a
    video file, or a folder of pictures.

    Args:
        spec: which of them; a file whose name is a number is written ``./0``.
        camera_id: for the frames.
        clock: wall-clock and monotonic time.
        decode_image: reads one picture of a folder; raises ImageError when it cannot.
        loop: start a file or folder over at its end.
        fast: read a file or folder as fast as the consumer takes it, dropping nothing, instead of in real time.
        patient: keep trying when a live camera cannot be reached at first, instead of raising SourceError.
        folder_fps: pictures a second of a folder.
        rate: frames a second that are given, at most; 0 gives all.
        masks: what is black in every frame.

    Raises:
        UsageError: ``spec`` is none of these, or ``loop`` or ``fast`` is asked of a live camera.
        SourceError: there is no such file or folder, or no GStreamer. Other faults show when the frames are read.
    """
    kind = source_kind(spec)
    source: ReportingSource
    if kind == "path":
        recorded = _recorded(Path(spec), camera_id, decode_image, folder_fps, rate)
        source = Playback(recorded, loop=loop, fast=fast, clock=clock)
    else:
        if loop or fast:
            raise UsageError("A live camera cannot be looped or read fast: leave out --loop and --fast.")
        if kind == "pipeline" and shutil.which(GST_LAUNCH) is None:
            raise SourceError(MISSING)
        live = int(spec) if kind == "index" else spec
        source = LiveCamera(live, camera_id=camera_id, clock=clock, patient=patient, rate=rate)
    return MaskedSource(source, masks) if masks else source


def _recorded(
    path: Path, camera_id: str, decode_image: Callable[[Path], RgbImage], folder_fps: float, rate: float
) -> FrameSource:
    try:
        if path.is_dir():
            return ImageFolder(path, camera_id=camera_id, decode=decode_image, fps=folder_fps, rate=rate)
        if path.is_file():
            return VideoFile(path, camera_id=camera_id, rate=rate)
    except OSError as error:
        raise SourceError(f"{path} cannot be looked at ({error.strerror}): check the path, and its rights.") from error
    raise SourceError(f"There is no file or folder at {path}: check the path.")
