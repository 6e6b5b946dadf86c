"""The program while it runs: the main thread, which starts everything, sees to the configuration, and stops everything.

Order of stopping: the worker first, so that the visits that are open end and are told of; then what writes events to
the outbox; then the heartbeat, which says that the program stops; then the rest, of which nothing waits for anything.
Whoever hangs is left behind: threads end with the process, and what was committed is on the disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from argus import __version__
from argus.core.errors import ArgusError
from argus.device.program.applying import Applying
from argus.device.program.clocks import Clocks
from argus.device.program.configuration import Configuration
from argus.device.program.crew import Crew
from argus.device.program.noticing import Noticing
from argus.device.program.parts import Parts, build, in_trouble
from argus.device.program.stopping import Signals, Stage, end_all, exit_at_the_latest
from argus.device.program.surroundings import Surroundings
from argus.device.settings.model import LogSettings, Settings
from argus.device.state import StateError
from argus.device.transport import TransportError, TransportLost
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
        self.crew = Crew(self._wake)

    def run(self) -> ExitCode:
        """Runs until it is asked to end, the transport is lost, or there is a bug; then everything is stopped."""
        with self._signals:
            configuration = Configuration(self._folder, self._around.read)
            parts = self._built(configuration)
            if isinstance(parts, ExitCode):
                return parts
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

    def _built(self, configuration: Configuration) -> Parts | ExitCode:
        """Waits for the disk as long as it takes, and says so: ending again and again would mend nothing."""
        trouble = ""
        heartbeat = in_trouble(self._around, configuration, self._clocks, lambda: trouble)
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
                trouble = str(error)
                _log.error("it cannot begin: %s", error)
            try:
                heartbeat.beat()
            except TransportLost as lost:
                _log.error("%s", lost)
                return ExitCode.LOST
            self._sleep(RETRY_SECONDS)
        return ExitCode.ASKED

    def _lived(self, parts: Parts, stages: tuple[Stage, ...]) -> ExitCode:
        """Starts everything, and waits until there is a reason to end; returns with which code."""
        try:
            applying = Applying(parts, self._folder, self._clocks)
            applying.begin(self._configured(parts.configuration))
            self._start(parts, stages)
            _log.info("argus %s runs on %s, by %s", __version__, self._around.thing, self._around.kind)
            while True:
                code = self._reason(parts)
                if code is not None:
                    return code
                self._tick(parts, applying)
                self._sleep()
        except BaseException as bug:
            self.crew.report(bug)
            return ExitCode.BUG

    def _start(self, parts: Parts, stages: tuple[Stage, ...]) -> None:
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
        others.start("nucleus", self._speak_with_the_nucleus)
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

    def _tick(self, parts: Parts, applying: Applying) -> None:
        if self._signals.read_again:
            self._signals.read_again = False
            self._noticing.now()
        if self._noticing.due():
            settings = self._configured(parts.configuration)
            if settings != parts.configuration.settings:
                applying.apply(settings)
        applying.tick()
        parts.log_level.tick()
        parts.previews.tick()

    def _configured(self, configuration: Configuration) -> Settings:
        """What is to be in force now."""
        try:
            settings = configuration.look()
        except ArgusError as error:
            _log.warning("the configuration cannot be read now: %s", error)
            self._noticing.again(RETRY_SECONDS)
            settings = None
        return settings or configuration.settings

    def _speak_with_the_nucleus(self, stop: threading.Event) -> None:
        """Says that the program runs, and asks to be told when the configuration changes."""
        report, listen = self._around.report_running, self._around.listen
        if report is not None:
            self._until_it_works(report, "the nucleus does not know yet that the component runs", stop)
        if listen is not None:
            listening = partial(listen, self._noticing.changed)
            self._until_it_works(listening, "changes of the configuration are seen late", stop)
            self._noticing.changed()

    def _until_it_works(self, action: Callable[[], None], meanwhile: str, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                return action()
            except TransportError as error:
                _log.warning("%s: %s", meanwhile, error)
                stop.wait(RETRY_SECONDS)

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
