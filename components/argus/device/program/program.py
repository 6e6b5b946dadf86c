"""The program while it runs: the main thread, which starts everything, applies configurations, and stops everything.

Order of stopping: the worker first, so that the visits that are open end and are told of; then what writes events to
the outbox; then the heartbeat, which says that the program stops; then the rest, of which nothing waits for anything.
Whoever hangs is left behind: threads end with the process, and what was committed is on the disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from queue import Empty, SimpleQueue

from argus import __version__
from argus.core import topics
from argus.core.errors import ArgusError
from argus.device.program.clocks import Clocks
from argus.device.program.configuration import Configuration
from argus.device.program.crew import Crew
from argus.device.program.noticing import Noticing
from argus.device.program.parts import Parts, build
from argus.device.program.stopping import Signals, Stage, end_all, exit_at_the_latest
from argus.device.program.surroundings import Surroundings
from argus.device.records.folder import erase_records
from argus.device.settings.changes import changes
from argus.device.settings.model import LogSettings, Settings
from argus.device.state import StateError
from argus.device.strangers_store import erase_expired_strangers, erase_strangers
from argus.device.transport import TransportError
from argus.vision.networks import Networks

_log = logging.getLogger(__name__)


class ExitCode(IntEnum):
    """How the program ends."""

    ASKED = 0
    BUG = 1
    WRONG_USE = 2
    LOST = 75
    """The transport is lost: start it again (EX_TEMPFAIL of sysexits.h)."""


TICK_SECONDS = 0.5

STOP_SECONDS = 5.0
"""For everything to stop; then the process ends without what hangs."""

RETRY_SECONDS = 5.0

ERASE_EVERY_SECONDS = 3600.0


class Program:
    """One run of the program.

    Args:
        folder: the state folder.
        networks: all that has weights.
        configure_log: makes the log as settings say.
    """

    def __init__(
        self,
        around: Surroundings,
        folder: Path,
        networks: Networks,
        configure_log: Callable[[LogSettings], None],
        clocks: Clocks,
    ) -> None:
        self._around = around
        self._folder = folder
        self._networks = networks
        self._configure_log = configure_log
        self._clocks = clocks
        # Unlike an Event it may be used by a signal handler, which interrupts whoever waits for it.
        self._inbox: SimpleQueue[None] = SimpleQueue()
        self._signals = Signals(self._wake)
        self._noticing = Noticing(around.file, clocks.clock.monotonic_seconds, self._wake)
        self._watching = False
        self._erase_at = 0.0
        self.crew = Crew(self._wake)

    def run(self) -> ExitCode:
        """Runs until it is asked to end, the transport is lost, or there is a bug; then everything is stopped."""
        with self._signals:
            configuration = Configuration(self._folder, self._around.read)
            parts = self._built(configuration)
            if parts is None:
                return ExitCode.ASKED
            stages = tuple(Stage(self.crew) for _ in range(4))
            code = self._lived(parts, stages)
            exit_at_the_latest(STOP_SECONDS + 2.0, code)
            self._stop(parts, stages)
            _log.info("stopped")
            return ExitCode.BUG if self.crew.bug is not None else code

    def _wake(self) -> None:
        self._inbox.put(None)

    def _sleep(self, seconds: float = TICK_SECONDS) -> None:
        try:
            self._inbox.get(timeout=seconds)
            while True:
                self._inbox.get_nowait()
        except Empty:
            pass

    def _built(self, configuration: Configuration) -> Parts | None:
        """Waits for the disk as long as it takes: ending again and again would not make room on it."""
        while not self._signals.end:
            try:
                return build(
                    self._around,
                    self._folder,
                    configuration=configuration,
                    networks=self._networks,
                    configure_log=self._configure_log,
                    clocks=self._clocks,
                    crew=self.crew,
                )
            except StateError as error:
                _log.error("it cannot begin: %s", error)
                self._sleep(RETRY_SECONDS)
        return None

    def _lived(self, parts: Parts, stages: tuple[Stage, ...]) -> ExitCode:
        """Starts everything, and waits until there is a reason to end; returns with which code."""
        try:
            self._start(parts, stages)
            _log.info("argus %s runs on %s, by %s", __version__, self._around.thing, self._around.kind)
            while True:
                code = self._reason(parts)
                if code is not None:
                    return code
                self._tick(parts)
                self._sleep()
        except BaseException as bug:
            self.crew.report(bug)
            return ExitCode.BUG

    def _start(self, parts: Parts, stages: tuple[Stage, ...]) -> None:
        """Everything but the cameras; they begin with the configuration."""
        worker, intake, heartbeat, others = stages

        def recognise(stop: threading.Event) -> None:
            try:
                parts.worker.run(stop)
            finally:
                parts.strangers.close()
                parts.records.close()

        worker.start("worker", recognise)
        intake.start("intake", parts.intake.run)
        others.start("sender", parts.sender.run)
        others.start("uploader", parts.uploader.run)
        others.start("local", parts.local.run)
        others.start("subscriptions", parts.subscriptions.run)
        others.start("commands", parts.commands.run)
        others.start("canary", lambda stop: self._mind_the_canary(parts, stop))
        others.start("configuration", self._listen)
        self._apply(parts, self._configured(parts), first=True)
        heartbeat.start("heartbeat", parts.heartbeat.run)

    def _reason(self, parts: Parts) -> ExitCode | None:
        """Why to end, if there is a reason."""
        if self.crew.bug is not None:
            return ExitCode.BUG
        if self._signals.end:
            _log.info("asked to end")
            return ExitCode.ASKED
        lost = self.crew.lost or self._around.transport.lost() or parts.canary.lost()
        if lost:
            _log.error("%s", lost)
            return ExitCode.LOST
        return None

    def _tick(self, parts: Parts) -> None:
        if self._signals.read_again:
            self._signals.read_again = False
            self._noticing.now()
        if self._noticing.due():
            settings = self._configured(parts)
            if settings != parts.configuration.settings:
                self._apply(parts, settings)
        if not self._watching and parts.following.ready:
            self._watch(parts, parts.configuration.settings)
        parts.log_level.tick()
        parts.previews.tick()
        self._erase_expired()

    def _configured(self, parts: Parts) -> Settings:
        """What is to be in force now."""
        try:
            settings = parts.configuration.look()
        except ArgusError as error:
            _log.warning("the configuration cannot be read now: %s", error)
            self._noticing.again(RETRY_SECONDS)
            settings = None
        return settings or parts.configuration.settings

    def _apply(self, parts: Parts, settings: Settings, *, first: bool = False) -> None:
        """Brings everything in line with ``settings``, as far as it is not; refuses them where that is impossible."""
        before = parts.configuration.settings
        differ = changes(before, settings)
        if first or differ.collections:
            try:
                parts.following.follow(settings.collections)
            except ArgusError as error:
                parts.configuration.refuse(error)
                parts.following.follow(before.collections)
                return
            self._watching = False
        parts.configuration.accept(settings)
        _log.info("configuration %s is in force", parts.configuration.state().version)
        if first or "log" in differ.sections:
            parts.log_level.configured(settings.log)
        for collection in settings.collections:
            parts.subscriptions.want(topics.collection_head(collection.id), parts.following.heard)
        self._forget(settings)
        self._watch(parts, settings)
        parts.uploader.added()

    def _watch(self, parts: Parts, settings: Settings) -> None:
        """The cameras of ``settings`` run, once it can be said who is a stranger."""
        self._watching = self._watching or parts.following.ready
        parts.cameras.configured(settings, ready=self._watching)
        parts.previews.configured(settings.preview, parts.cameras.channels)

    def _forget(self, settings: Settings) -> None:
        """What is not to be kept any more is erased."""
        try:
            if not settings.strangers.remember and erase_strangers(self._folder):
                _log.info("all remembered strangers were erased")
            if settings.records.days == 0 and erase_records(self._folder):
                _log.info("the records of all visits were erased")
        except StateError as error:
            _log.warning("not everything that should be is erased: %s", error)

    def _erase_expired(self) -> None:
        now = self._clocks.now()
        if now.at_seconds < self._erase_at:
            return
        self._erase_at = now.at_seconds + ERASE_EVERY_SECONDS
        try:
            erase_expired_strangers(self._folder, now.at)
        except StateError as error:
            _log.warning("strangers whose time is over are not erased: %s", error)

    def _listen(self, stop: threading.Event) -> None:
        """Asks to be told when the configuration changes, until that works."""
        while self._around.listen is not None and not stop.is_set():
            try:
                self._around.listen(self._noticing.changed)
            except TransportError as error:
                _log.warning("changes of the configuration are seen late: %s", error)
                stop.wait(RETRY_SECONDS)
            else:
                self._noticing.changed()
                return

    def _mind_the_canary(self, parts: Parts, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                parts.canary.subscribe()
                break
            except TransportError:
                stop.wait(RETRY_SECONDS)
        while not stop.is_set():
            parts.canary.tick()
            stop.wait(1.0)

    def _stop(self, parts: Parts, stages: tuple[Stage, ...]) -> None:
        end_all(stages, STOP_SECONDS)
        parts.previews.close()
        parts.following.close(0.5)
        self._around.transport.close()
