"""A source with privacy masks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from argus.core.types import Frame
from argus.core.zones import Area
from argus.device.adapters.status import ReportingSource, SourceStatus


class MaskedSource:
    """Implements :class:`argus.device.adapters.status.ReportingSource`: another one, of which the masks are black.

    Nobody after it ever has the frame as it was.
    """

    def __init__(self, source: ReportingSource, masks: Area) -> None:
        self._source = source
        self._masks = masks

    @property
    def live(self) -> bool:
        return self._source.live

    def frames(self) -> Iterator[Frame]:
        for frame in self._source.frames():
            yield replace(frame, rgb=self._masks.blackened(frame.rgb))

    def close(self) -> None:
        self._source.close()

    def status(self) -> SourceStatus:
        return self._source.status()
