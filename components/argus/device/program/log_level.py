"""The level of the log: the configured one, or another for some minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from argus.core.command_arguments import Level
from argus.device.settings.model import LogSettings


class LogLevel:
    """What the log is configured with; may be used by several threads.

    Args:
        configure: makes the log so.
        monotonic_seconds: the time.
    """

    def __init__(self, configure: Callable[[LogSettings], None], monotonic_seconds: Callable[[], float]) -> None:
        self._configure = configure
        self._monotonic_seconds = monotonic_seconds
        self._lock = Lock()
        self._configured = LogSettings()
        self._other: LogSettings | None = None
        self._until_seconds: float | None = None

    def configured(self, settings: LogSettings) -> None:
        """The configuration says so; it ends what a command said."""
        with self._lock:
            self._configured, self._other = settings, None
            self._configure(settings)

    def say(self, level: Level, minutes: float | None) -> None:
        """Another level, for some minutes or until the configuration changes."""
        with self._lock:
            self._other = replace(self._configured, level=level)
            self._until_seconds = None if minutes is None else self._monotonic_seconds() + 60 * minutes
            self._configure(self._other)

    def tick(self) -> None:
        """Goes back to what is configured when it is time; to be called every now and then."""
        with self._lock:
            over = self._until_seconds is not None and self._monotonic_seconds() >= self._until_seconds
            if self._other is not None and over:
                self._other = None
                self._configure(self._configured)
