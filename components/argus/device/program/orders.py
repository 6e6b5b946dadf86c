"""What each command does; what may be said with it: :mod:`argus.core.command_arguments`.

========== ======================================================
command    result
========== ======================================================
sync       the version in use of each collection, by its id
snapshot   ``key`` of the picture in the bucket (or folder)
log-level  ``level``
preview    the port of each camera's page, by the camera's id
========== ======================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from argus.core.command_arguments import ARGUMENTS, level_of, minutes_of, preview_of
from argus.core.commands import CommandRefused
from argus.core.instants import Instant
from argus.device.compose import random_id
from argus.device.inference.worker import InferenceWorker
from argus.device.program.commands import Answer, Order
from argus.device.program.following import Following
from argus.device.program.log_level import LogLevel
from argus.device.program.previews import Previews
from argus.device.settings.model import Settings
from argus.storage.open_store import bucket_and_prefix, is_folder, open_store

SYNC_SECONDS = 120.0
"""A large collection over a slow line."""

SNAPSHOT_SECONDS = 60.0


@dataclass(frozen=True)
class Orders:
    """The commands of a device, each a method that raises CommandRefused or another ArgusError."""

    thing: str
    settings: Callable[[], Settings]
    now: Callable[[], Instant]
    following: Following
    worker: InferenceWorker
    log_level: LogLevel
    previews: Previews

    def by_name(self) -> dict[str, Order]:
        """As :class:`argus.device.program.commands.CommandRunner` wants them."""
        return {
            "sync": Order(self.sync, ARGUMENTS["sync"], SYNC_SECONDS),
            "snapshot": Order(self.snapshot, ARGUMENTS["snapshot"], SNAPSHOT_SECONDS),
            "log-level": Order(self.level, ARGUMENTS["log-level"]),
            "preview": Order(self.preview, ARGUMENTS["preview"]),
        }

    def sync(self, arguments: Mapping[str, str]) -> Answer:
        """Asks all places whether their collections have changed."""
        self.following.ask().wait(SYNC_SECONDS)
        states = self.following.states(self.now())
        problems = [f"{state.id}: {state.last_error}" for state in states if state.last_error]
        return Answer({state.id: state.version or "" for state in states}, "; ".join(problems) or None)

    def snapshot(self, arguments: Mapping[str, str]) -> Answer:
        """Stores what a camera sees now, without what its masks hide."""
        camera, snapshots = arguments.get("camera"), self.settings().snapshots
        known = ", ".join(one.id for one in self.settings().cameras) or "none"
        if camera not in [one.id for one in self.settings().cameras] or camera is None:
            raise CommandRefused(f"say which camera: one of {known}")
        if not snapshots.place:
            raise CommandRefused("there is no place for pictures: configure snapshots.place")
        picture = self.worker.picture(camera)
        if picture is None:
            raise CommandRefused(f"camera {camera} gives no picture at the moment; the status says why")
        at = self.now().at
        key = f"snapshots/{self.thing}/{at:%Y/%m/%d}/{camera}-{random_id(at)}.jpg"
        open_store(snapshots.place).put(key, picture)
        prefix = "" if is_folder(snapshots.place) else bucket_and_prefix(snapshots.place)[1]
        return Answer({"key": f"{prefix}/{key}" if prefix else key})

    def level(self, arguments: Mapping[str, str]) -> Answer:
        """Another level of the log."""
        level = level_of(arguments)
        self.log_level.say(level, minutes_of(arguments))
        return Answer({"level": level})

    def preview(self, arguments: Mapping[str, str]) -> Answer:
        """Serves the pages with the live pictures, or no more."""
        minutes = preview_of(arguments)
        if minutes is None:
            self.previews.hide()
            return Answer()
        ports = self.previews.show(minutes)
        if not ports:
            raise CommandRefused("no camera runs, so that there is nothing to show")
        return Answer({camera: str(port) for camera, port in ports.items()})
