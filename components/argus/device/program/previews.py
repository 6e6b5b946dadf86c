"""The pages with the live pictures: one a camera, on the configured port and those after it.

They are there while the configuration says so, or for the minutes that a command asked for. What serves them is
imported then; where it is not installed the device goes on without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from argus.core.errors import UsageError
from argus.core.ports import Clock
from argus.core.status import CameraState
from argus.device.adapters.status import SourceStatus
from argus.device.channel import CameraChannel
from argus.device.people import PeopleHolder
from argus.device.settings.model import PreviewSettings

if TYPE_CHECKING:
    from argus.device.preview.feed import Feed
    from argus.device.preview.server import PreviewServer

_log = logging.getLogger(__name__)


@dataclass
class _Page:
    channel: CameraChannel
    feed: Feed
    server: PreviewServer


class Previews:
    """The pages of all cameras; may be used by several threads.

    Args:
        people: whom the cameras recognise.
        states: how the cameras are.
        clock: the time.
    """

    def __init__(self, people: PeopleHolder, states: Callable[[], Sequence[CameraState]], clock: Clock) -> None:
        self._people = people
        self._states = states
        self._clock = clock
        self._lock = Lock()
        self._settings = PreviewSettings()
        self._channels: Sequence[CameraChannel] = ()
        self._pages: list[_Page] = []
        self._until_seconds: float | None = None
        """Until when a command wants the pages."""

    def configured(self, settings: PreviewSettings, channels: Sequence[CameraChannel]) -> None:
        """The configuration says so; what a command said goes on. A page that cannot be served is logged, and left."""
        with self._lock:
            if settings == self._settings and list(map(id, channels)) == list(map(id, self._channels)):
                return
            shown = bool(self._pages)
            self._close()
            self._settings, self._channels = settings, tuple(channels)
            if settings.enabled or (shown and self._until_seconds is not None):
                try:
                    self._open()
                except UsageError as error:
                    _log.warning("%s", error)

    def show(self, minutes: float) -> dict[str, int]:
        """The pages for some minutes, whatever is configured; returns the port of each camera.

        Raises:
            UsageError: a page cannot be served.
        """
        with self._lock:
            if not self._pages:
                self._open()
            self._until_seconds = self._clock.monotonic_seconds() + 60 * minutes
            return {page.channel.camera_id: page.server.port for page in self._pages}

    def hide(self) -> None:
        """No pages, until the configuration changes or a command asks for them."""
        with self._lock:
            self._until_seconds = None
            self._close()

    def tick(self) -> None:
        """Ends what a command asked for when it is time; to be called every now and then."""
        with self._lock:
            if self._until_seconds is not None and self._clock.monotonic_seconds() >= self._until_seconds:
                self._until_seconds = None
                if not self._settings.enabled:
                    self._close()

    def close(self) -> None:
        with self._lock:
            self._close()

    def _open(self) -> None:
        try:
            from argus.device.preview.feed import Feed  # noqa: PLC0415 - with what serves, an extra
            from argus.device.preview.server import PreviewServer  # noqa: PLC0415
            from argus.device.preview.web import Watched  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise UsageError(f"the preview needs {error.name}: install argus with its extra `preview`") from error
        try:
            for number, channel in enumerate(self._channels):
                feed = Feed(lambda camera_id=channel.camera_id: self._status(camera_id))  # type: ignore[misc]
                rate = channel.pipeline.false_alarm_rate
                watched = Watched(channel.camera_id, self._people.current.used.people, rate)
                server = PreviewServer(feed, watched, self._settings.port + number)
                server.__enter__()
                channel.pipeline.measures_all = lambda feed=feed: feed.readers > 0  # type: ignore[misc]
                channel.observers = [*channel.observers, feed]
                self._pages.append(_Page(channel, feed, server))
                _log.info("preview of camera %s at %s", channel.camera_id, server.address)
        except UsageError:
            self._close()
            raise

    def _close(self) -> None:
        for page in self._pages:
            page.channel.observers = [one for one in page.channel.observers if one is not page.feed]
            page.channel.pipeline.measures_all = lambda: False
            page.server.__exit__(None, None, None)
        self._pages = []

    def _status(self, camera_id: str) -> SourceStatus:
        for state in self._states():
            if state.id == camera_id:
                return SourceStatus(state.connected, state.since, state.last_error, state.frames_read)
        return SourceStatus(connected=False, since=self._clock.now())  # it goes, and its page with it
