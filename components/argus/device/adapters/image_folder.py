"""A folder of pictures, played like a slow film."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from argus.core.errors import ImageError, SourceError, UsageError
from argus.core.types import Frame, RgbImage
from argus.device.adapters.modified import modified_at
from argus.device.adapters.pace import Pace
from argus.vision.images import EXTENSIONS

_log = logging.getLogger(__name__)

DEFAULT_FPS = 5.0


class ImageFolder:
    """Implements :class:`argus.core.ports.FrameSource`: the pictures of one folder, sorted by name, at a fixed rate.

    A picture that cannot be read is skipped with a warning and leaves a gap in ``sequence``. ``captured_at`` counts
    from the first picture's modification time, so that two runs give equal frames.
    """

    def __init__(
        self,
        folder: Path,
        *,
        camera_id: str,
        decode: Callable[[Path], RgbImage],
        fps: float = DEFAULT_FPS,
        rate: float = 0.0,
    ) -> None:
        """
        Args:
            folder: its own files are played, not those of its subfolders.
            decode: reads one picture; raises ImageError when it cannot.
            fps: pictures a second.
            rate: pictures a second that are given, at most; 0 gives all.

        Raises:
            SourceError: the folder does not exist or holds no picture.
            UsageError: ``fps`` is not positive.
        """
        if not 0 < fps < float("inf"):
            raise UsageError(f"A folder of pictures plays at a positive number of pictures a second, not {fps}.")
        if not folder.is_dir():
            raise SourceError(f"There is no folder of pictures at {folder}: check the path.")
        self._paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in EXTENSIONS and path.is_file())
        if not self._paths:
            raise SourceError(f"{folder} holds no pictures: put JPEG or PNG files directly into it.")
        self._folder = folder
        self._camera_id = camera_id
        self._decode = decode
        self._fps = fps
        self._rate = rate
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        base = modified_at(self._paths[0])
        readable, pace = 0, Pace(self._rate)
        for sequence, path in enumerate(self._paths):
            if self._closed:
                return
            at_seconds = sequence / self._fps
            if not pace.passes(at_seconds):
                continue
            try:
                rgb = self._decode(path)
            except ImageError as error:
                _log.warning("%s is skipped: %s", path, error)
                continue
            readable += 1
            yield Frame(self._camera_id, sequence, base + timedelta(seconds=at_seconds), at_seconds, rgb)
        if readable == 0:
            raise SourceError(
                f"None of the {len(self._paths)} pictures in {self._folder} can be read: see above for each."
            )

    def close(self) -> None:
        self._closed = True
