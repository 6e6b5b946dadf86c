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

_FPS = 25.0
"""Frames of the video a second, whatever the source's: a picture is shown until the next one's time has come."""


class AnnotatedVideo:
    """Writes frames with boxes and names: a :class:`argus.device.watching.WatchObserver`.

    A context manager, as the file is complete only once it is closed.
    """

    def __init__(self, path: Path) -> None:
        self._video = VideoWriter(path, fps=_FPS)
        self._began_at: float | None = None
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
        if self._began_at is None:
            self._began_at = frame.at_seconds
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
        while self._shown is not None and self._written < round(seconds * _FPS):
            self._video.write(self._shown)
            self._written += 1
