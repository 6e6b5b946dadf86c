"""Visitors at a rehearsed camera: clips in which people come one after the other, under varied conditions.

Each clip is one room. Its visitors are never in it together, but each comes about a second after the last, so that
a visit may wrongly go on with the next person (in the same place at once, nobody comes). What varies, by the clip's
seed: where somebody comes from and goes, and how fast; size, sway and turn of the head; how far out of focus; light of
the face and of the room, and its change; noise; and whether somebody leaves the picture for a second in the middle of
the visit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from argus.rehearsal.scenario import Actor, Keyframe, Portrait, Pose, Scenario, Shot
from argus.rehearsal.walks import Liveliness, walk

WIDTH, HEIGHT, FPS = 272, 204, 12.5
"""A small picture and few frames: what recognition sees of a face is its size, and that varies as it would in a larger
picture. Faces are looked for at the pace of 25 frames a second, every 0.16 s."""

SMALLEST_FACE_PX, LARGEST_FACE_PX = 62.0, 108.0

_PORTRAIT_SECONDS = 0.48
"""How long one of several portraits is shown: four keyframes."""

_AWAY_SHARE = 0.2
"""So many visitors leave the picture for a second and come back."""


@dataclass(frozen=True, eq=False)
class Visitor:
    """Somebody who comes once.

    Attributes:
        enrolled: whether the visitor should be named.
        portraits: of one person, shown in turn, as the different pictures that a face makes; at least one.
    """

    enrolled: bool
    portraits: tuple[Portrait, ...]

    def __post_init__(self) -> None:
        if len({portrait.person for portrait in self.portraits}) != 1:
            raise ValueError("a visitor is shown by the portraits of one person")

    @property
    def person(self) -> str:
        """The portraits' person, which is the id of somebody enrolled; a person comes once a clip."""
        return self.portraits[0].person


@dataclass(frozen=True, eq=False)
class Clip:
    """Visitors one after the other, and by which seed everything varies."""

    visitors: tuple[Visitor, ...]
    seed: int

    def scenario(self) -> Scenario:
        rng = np.random.default_rng(self.seed)
        actors: list[Actor] = []
        now = 0.0
        for visitor in self.visitors:
            appearances = list(_appearances(visitor, now, rng))
            actors.extend(appearances)
            now = appearances[-1].path[-1].at_seconds + rng.uniform(0.8, 1.0)
        light = rng.uniform(0.55, 1.2)
        shot = Shot(
            seconds=now,
            actors=tuple(actors),
            backdrop=self.seed,
            noise=rng.uniform(0.0, 8.0),
            light_from=light,
            light_to=light * rng.uniform(0.85, 1.15),
        )
        return Scenario((shot,), seed=self.seed, width=WIDTH, height=HEIGHT, fps=FPS)


def clips_of(visitors: Sequence[Visitor], *, seed: int, a_clip: int = 3) -> list[Clip]:
    """Everybody once, in an order by chance, ``a_clip`` visitors a clip."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(visitors))
    groups = [order[start : start + a_clip] for start in range(0, len(order), a_clip)]
    return [
        Clip(tuple(visitors[index] for index in group), seed=seed * 100_000 + number)
        for number, group in enumerate(groups)
    ]


def _appearances(visitor: Visitor, begin: float, rng: np.random.Generator) -> Iterator[Actor]:
    """The visitor's way through the picture, in one piece or two."""
    small = rng.uniform(SMALLEST_FACE_PX, LARGEST_FACE_PX)
    large = min(LARGEST_FACE_PX, max(SMALLEST_FACE_PX, small * rng.uniform(0.85, 1.2)))
    lively = Liveliness(
        sway=rng.uniform(0.02, 0.12),
        scale=0.06,
        rotation_degrees=rng.uniform(2.0, 12.0),
        defocus_px=rng.uniform(0.0, 1.8),
        light=rng.uniform(0.0, 0.3),
    )
    x = rng.uniform(0.3, 0.7)
    start = Pose(x * WIDTH, rng.uniform(0.42, 0.58) * HEIGHT, small)
    if rng.random() < 0.5:
        # In from outside, on the nearer side.
        start = replace(start, x=-0.45 * small if x < 0.5 else WIDTH + 0.45 * small)
    end = Pose(rng.uniform(0.3, 0.7) * WIDTH, rng.uniform(0.42, 0.58) * HEIGHT, large)
    seed = int(rng.integers(2**31))
    stay = rng.uniform(1.4, 2.0)
    yield from _in_turn(
        visitor.portraits, walk(start, end, seconds=stay, begin_seconds=begin, seed=seed, lively=lively)
    )
    if rng.random() < _AWAY_SHARE:
        back = begin + stay + 1.0
        again = walk(end, start, seconds=0.6 * stay, begin_seconds=back, seed=seed + 1, lively=lively)
        yield from _in_turn(visitor.portraits, again)


def _in_turn(portraits: Sequence[Portrait], path: Sequence[Keyframe]) -> Iterator[Actor]:
    """The same way, shown by one portrait after the other."""
    if len(portraits) == 1:
        yield Actor(portraits[0], tuple(path))
        return
    step = max(1, round(_PORTRAIT_SECONDS / (path[1].at_seconds - path[0].at_seconds)))
    starts = range(0, len(path) - 1, step)
    for number, start in enumerate(starts):
        part = list(path[start : start + step + 1])
        if start != starts[-1]:
            # Until just before the next one is seen.
            part[-1] = replace(part[-1], at_seconds=math.nextafter(part[-1].at_seconds, 0.0))
        yield Actor(portraits[number % len(portraits)], tuple(part))
