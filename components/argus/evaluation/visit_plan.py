"""Who is enrolled, who comes, and all of it played in processes of its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from argus.core.calibration import Calibration
from argus.core.collection import Enrolled, EnrolledFace
from argus.core.events import CollectionUsed
from argus.core.matching import Gallery
from argus.core.types import MIRROR_MODEL_ID, Person
from argus.device.people import Recognised
from argus.enrolment.compose import photo_analyser
from argus.enrolment.judge import judge, prominence
from argus.evaluation.returning import ToldStranger, told_strangers
from argus.evaluation.visit_clips import Clip, Visitor, clips_of
from argus.evaluation.visits import Condition, SeenVisitor, watch_clip
from argus.rehearsal.scenario import Portrait
from argus.vision.analyser import FaceAnalyser
from argus.vision.images import read_image
from argus.vision.networks import Networks

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class LookedAt:
    """A photo of somebody, to be shown or to be enrolled.

    Attributes:
        face: None when enrolment would refuse the photo, or is not wanted.
    """

    portrait: Portrait
    face: EnrolledFace | None


@dataclass(frozen=True, eq=False)
class Plan:
    """Clips and against whom they are watched."""

    people: Mapping[Condition, Recognised]
    clips: Sequence[Clip]


class Workers:
    """Processes that look at photos and watch clips."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def look_at(self, photos: Mapping[str, Sequence[Path]], *, to_enrol: bool = True) -> dict[str, list[LookedAt]]:
        """The photos of each person; one in which no face is found is left out.

        Args:
            photos: by person.
            to_enrol: make what enrolment needs, too.
        """
        tasks = [(person, path) for person, paths in photos.items() for path in paths]
        looked: dict[str, list[LookedAt]] = {person: [] for person in photos}
        for (person, _), found in zip(tasks, self._map(partial(_look_at, to_enrol), tasks), strict=True):
            if found is not None:
                looked[person].append(found)
        return looked

    def watch(self, plan: Plan) -> Iterator[SeenVisitor]:
        """Every visitor under every condition."""
        for seen in self._map(partial(_watch, plan.people), plan.clips):
            yield from seen

    def told_strangers(self, clips: Sequence[Clip], calibration: Calibration) -> Iterator[ToldStranger]:
        """The visits that are told as strangers' when nobody is enrolled, in the order of the clips."""
        nobody = enrolled({}, calibration, shown=0, count=1)
        for told in self._map(partial(_told_strangers, nobody), clips):
            yield from told

    def _map(self, work: Callable[[Given], Made], tasks: Sequence[Given]) -> Iterator[Made]:
        return self._pool.map(work, tasks)


@contextmanager
def workers(count: int | None = None) -> Iterator[Workers]:
    """As many processes as there are cores, unless told otherwise."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Spawned: the runtime's threads do not survive a fork.
    with ProcessPoolExecutor(count or available, mp_context=get_context("spawn")) as pool:
        yield Workers(pool)


def make_plan(
    people: Mapping[str, Sequence[LookedAt]],
    strangers: Mapping[str, Sequence[LookedAt]],
    calibration: Calibration,
    *,
    shown: int,
    photos: Sequence[int],
    rates: Sequence[float],
    seed: int,
) -> Plan:
    """Everybody comes once: ``people``, enrolled by other photos than the one that is shown, and ``strangers``.

    Args:
        people: with at least two photos each.
        strangers: shown by all of their photos in turn.
        shown: number of the photo by which people come.
        photos: from how many each is enrolled, the first that are accepted; each with each of ``rates`` is a condition.
    """
    conditions = {
        Condition(len(people), count, rate): enrolled(people, calibration, shown=shown, count=count)
        for count in photos
        for rate in rates
    }
    visitors = [Visitor(True, (looked[shown % len(looked)].portrait,)) for looked in people.values()] + [
        Visitor(False, tuple(one.portrait for one in looked)) for looked in strangers.values() if looked
    ]
    return Plan(conditions, clips_of(visitors, seed=seed))


def enrolled(
    people: Mapping[str, Sequence[LookedAt]], calibration: Calibration, *, shown: int, count: int
) -> Recognised:
    """A gallery of everybody, without the photo that is shown."""
    entries = []
    for name, looked in people.items():
        faces = [one.face for number, one in enumerate(looked) if number != shown % len(looked) and one.face]
        if faces:
            entries.append(Enrolled.of(Person(name, name), faces[:count]))
    used = CollectionUsed("rehearsal", "0" * 64, len(entries), MIRROR_MODEL_ID)
    return Recognised(Gallery(entries, calibration), used)


def _look_at(to_enrol: bool, task: tuple[str, Path]) -> LookedAt | None:
    return look_at(*task, photo_analyser(), to_enrol=to_enrol)


def look_at(person: str, path: Path, analyser: FaceAnalyser, *, to_enrol: bool = True) -> LookedAt | None:
    """The person's face in a photo: the one that enrolment would take, or would ask for a better photo of."""
    data = path.read_bytes()
    rgb = read_image(data)
    height, width = rgb.shape[:2]
    faces = analyser.faces(rgb)
    if not faces:
        return None
    _, accepted = judge(faces, width, height)
    main = accepted or max(faces, key=lambda read: prominence(read.face.box, width, height))
    face = None
    if accepted and to_enrol:
        face = EnrolledFace(hashlib.sha256(data).hexdigest(), analyser.vectors([accepted])[0])
    return LookedAt(Portrait(person, rgb, main.face.box), face)


def _watch(people: Mapping[Condition, Recognised], clip: Clip) -> list[SeenVisitor]:
    return watch_clip(people, clip, _networks())


def _told_strangers(nobody: Recognised, clip: Clip) -> list[ToldStranger]:
    return told_strangers(nobody, clip, _networks())


@cache
def _networks() -> Networks:
    return Networks.load()
