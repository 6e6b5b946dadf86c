"""What the pipeline sees, as a video for people."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from argus.core.events import VisitEvent
from argus.core.types import Frame, RgbImage
from argus.device.adapters.video_writer import VideoWriter
from argus.device.annotate import annotate
from argus.device.labels import label
from argus.device.pipeline import SettledLook, Shown

_SLOWEST_FPS, _FASTEST_FPS = 1.0, 60.0
"""The video has the rate of the source's first two frames, within these; a picture is shown until the time of the next
has come."""


class AnnotatedVideo:
    """Writes frames with boxes and names: a :class:`argus.device.channel.WatchObserver`.

    A context manager, as the file is complete only once it is closed.
    """

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: ends in ``.mp4`` or ``.avi``; an existing file is replaced.

        Raises:
            UsageError: another ending.
        """
        self._path = path
        self._fps: float | None = None
        self._video = VideoWriter(path, fps=_SLOWEST_FPS)
        self._began_at = 0.0
        self._written = 0
        self._shown: RgbImage | None = None

    def looked(self, look: SettledLook) -> None:
        """Nothing to draw."""

    def told(self, event: VisitEvent) -> None:
        """Nothing to draw."""

    def shown(self, frame: Frame, faces: tuple[Shown, ...]) -> None:
        """Adds a frame, with the faces that are followed in it.

        Raises:
            SourceError: the file cannot be written.
        """
        if self._shown is None:
            self._began_at = frame.at_seconds
        else:
            self._show_until(frame.at_seconds - self._began_at)
        labels = [label(face) for face in faces]
        self._shown = annotate(frame.rgb, labels, f"{frame.at_seconds:.1f} s  frame {frame.sequence}")

    def __enter__(self) -> AnnotatedVideo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._video.write(self._shown)
        self._video.close()

    def _show_until(self, seconds: float) -> None:
        """Repeats the picture that is shown until ``seconds`` after the first one."""
        if self._shown is None or seconds <= 0:
            return
        if self._fps is None:
            self._fps = min(_FASTEST_FPS, max(_SLOWEST_FPS, 1 / seconds))
            self._video = VideoWriter(self._path, fps=self._fps)
        while self._written < round(seconds * self._fps):
            self._video.write(self._shown)
            self._written += 1
