"""Strangers who come again: how often they are known again, and how often they are taken for somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from argus.core.types import Template
from argus.device.compose import WatchSettings, build_watcher
from argus.device.people import Recognised
from argus.evaluation.visit_clips import SMALLEST_FACE_PX, Clip
from argus.evaluation.visits import GivenFrames
from argus.rehearsal.render import render
from argus.vision.networks import Networks


@dataclass(frozen=True, eq=False)
class ToldStranger:
    """A visit that was told as a stranger's, and who it was.

    Attributes:
        template: what the memory of strangers is asked with.
    """

    person: str
    template: Template


@dataclass
class _Asked:
    """A memory of strangers that knows nobody and keeps what it is asked."""

    templates: list[Template] = field(default_factory=list)

    def recognise(self, template: Template) -> None:
        self.templates.append(template)

    def forget(self, stranger_id: str) -> None:
        """Nobody has an id."""


def told_strangers(nobody: Recognised, clip: Clip, networks: Networks) -> list[ToldStranger]:
    """The visits of a clip that are told as strangers'; visits that are not (too poor, missed) are left out."""
    rendered = list(render(clip.scenario()))
    settings = WatchSettings(camera_id="rehearsal", min_face_px=round(SMALLEST_FACE_PX * 0.9), repeatable="rehearsal")
    watcher = build_watcher(settings, networks, nobody)
    asked = _Asked()
    watcher.writer.strangers = asked
    source = GivenFrames([one.frame for one in rendered])
    unknown = [event for event in watcher.watch(source) if event.kind == "unknown"]
    told = []
    for event, template in zip(unknown, asked.templates, strict=True):
        there = next(one.truth for one in rendered if one.frame.captured_at == event.captured_at)
        if there:
            told.append(ToldStranger(there[0].person, template))
    return told


@dataclass(frozen=True)
class ReturningFigures:
    """Visits of strangers, in the order in which they came.

    Attributes:
        first: visits of people who had not come before; ``first_taken`` of them were taken for somebody else.
        again: visits of people who had; ``split`` of them were given a new id, ``again_taken`` somebody else's.
        remembered: how many there were at the end.
    """

    first: int
    first_taken: int
    again: int
    split: int
    again_taken: int
    remembered: int


def returning_figures(visits: Iterable[ToldStranger], recognise: Callable[[Template], str | None]) -> ReturningFigures:
    """Asks a memory about visits in their order."""
    owners: dict[str, str] = {}
    came: set[str] = set()
    first = first_taken = again = split = again_taken = 0
    for visit in visits:
        stranger_id = recognise(visit.template)
        assert stranger_id is not None, "the memory remembers"
        is_new = stranger_id not in owners
        taken = owners.setdefault(stranger_id, visit.person) != visit.person
        if visit.person in came:
            again, split, again_taken = again + 1, split + is_new, again_taken + taken
        else:
            first, first_taken = first + 1, first_taken + taken
        came.add(visit.person)
    return ReturningFigures(first, first_taken, again, split, again_taken, len(owners))
