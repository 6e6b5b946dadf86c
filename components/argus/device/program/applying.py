"""Brings the parts of the program in line with settings: those at the start, and others while it runs."""

from __future__ import annotations

import logging
from pathlib import Path

from argus.core import topics
from argus.core.errors import ArgusError
from argus.device.program.clocks import Clocks
from argus.device.program.parts import Parts
from argus.device.records.folder import erase_records
from argus.device.settings.changes import changes
from argus.device.settings.model import CollectionSettings, Settings
from argus.device.snapshots.queue import SnapshotQueue
from argus.device.state import StateError
from argus.device.strangers_store import erase_expired_strangers, erase_strangers

_log = logging.getLogger(__name__)

ERASE_EVERY_SECONDS = 3600.0

BEGIN_AGAIN_SECONDS = 60.0
"""After the first settings could not be put in force."""


class Applying:
    """Only what differs is touched; most parts ask for the settings in force by themselves. For one thread.

    Args:
        folder: the state folder.
    """

    def __init__(self, parts: Parts, folder: Path, clocks: Clocks) -> None:
        self._parts = parts
        self._folder = folder
        self._clocks = clocks
        self._watching = False
        self._erase_at = 0.0
        self._unbegun: Settings | None = None
        self._begin_at = 0.0

    def begin(self, settings: Settings) -> None:
        """The first settings, of which nothing is there yet. Defaults for want of any erase nothing."""
        configuration, self._unbegun = self._parts.configuration, None
        if configuration.known:
            if self._followed(settings.collections, instead=()):
                self._put_in_force(settings)
            else:
                self._unbegun, self._begin_at = settings, self._clocks.now().at_seconds + BEGIN_AGAIN_SECONDS
        self._parts.log_level.configured(configuration.settings.log)

    def apply(self, settings: Settings) -> None:
        """From now on these; they are refused where they cannot be used, and what was in force goes on."""
        if self._unbegun is not None:
            self.begin(settings)
            return
        before = self._parts.configuration.settings
        differ = changes(before, settings)
        if differ.collections and not self._followed(settings.collections, instead=before.collections):
            return
        if "log" in differ.sections:
            self._parts.log_level.configured(settings.log)
        self._put_in_force(settings)

    def tick(self) -> None:
        """What time brings; to be called every now and then."""
        if not self._watching and self._parts.following.ready:
            self._watch()
        now = self._clocks.now()
        if self._unbegun is not None and now.at_seconds >= self._begin_at:
            self.begin(self._unbegun)
        if now.at_seconds >= self._erase_at:
            self._erase_at = now.at_seconds + ERASE_EVERY_SECONDS
            try:
                erase_expired_strangers(self._folder, now.at)
            except StateError as error:
                _log.warning("strangers whose time is over are not erased: %s", error)

    def _followed(
        self, collections: tuple[CollectionSettings, ...], *, instead: tuple[CollectionSettings, ...]
    ) -> bool:
        try:
            self._parts.following.follow(collections)
        except ArgusError as error:
            self._parts.configuration.refuse(error)
            self._parts.following.follow(instead, erase_others=False)
            return False
        self._watching = False
        return True

    def _put_in_force(self, settings: Settings) -> None:
        configuration = self._parts.configuration
        configuration.accept(settings)
        _log.info("configuration %s is in force", configuration.state().version)
        for collection in settings.collections:
            self._parts.subscriptions.want(topics.collection_head(collection.id), self._parts.following.heard)
        self._forget(settings)
        self._watch()
        self._parts.uploader.added()

    def _watch(self) -> None:
        """The configured cameras run, as soon as it can be said who is a stranger."""
        settings = self._parts.configuration.settings
        self._watching = self._watching or self._parts.following.ready
        self._parts.cameras.configured(settings, ready=self._watching)
        self._parts.previews.configured(settings.preview, self._parts.cameras.channels)

    def _forget(self, settings: Settings) -> None:
        """What is not to be kept any more is erased."""
        try:
            if not settings.strangers.remember and erase_strangers(self._folder):
                _log.info("all remembered strangers were erased")
            if settings.records.days == 0 and erase_records(self._folder):
                _log.info("the records of all visits were erased")
            if settings.snapshots.keep == "none":
                with SnapshotQueue(self._folder, lambda: settings) as waiting:
                    if waiting.drop_all():
                        _log.info("all pictures that waited for the cloud were erased")
        except StateError as error:
            _log.warning("not everything that should be is erased: %s", error)
