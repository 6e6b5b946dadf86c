"""Paths that look like people: from here to there, swaying, nodding, in and out of focus, through light and shade."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from argus.rehearsal.scenario import Keyframe, Pose

KEYFRAME_SECONDS = 0.12
"""Between two keyframes the way is straight; this is short enough not to be seen."""


@dataclass(frozen=True)
class Liveliness:
    """How much a walk varies; all are the largest deviations from the straight way.

    Attributes:
        sway: sideways and up and down, in faces.
        scale: of the size, as a share.
        rotation_degrees: of the head.
        defocus_px: the blur when most out of focus, standard deviation, pixels.
        light: of the brightness, as a share.
    """

    sway: float = 0.08
    scale: float = 0.06
    rotation_degrees: float = 7.0
    defocus_px: float = 1.2
    light: float = 0.15


CALM = Liveliness(sway=0.04, scale=0.03, rotation_degrees=3.0, defocus_px=0.0, light=0.05)


def walk(
    start: Pose, end: Pose, *, seconds: float, begin_seconds: float = 0.0, seed: int, lively: Liveliness | None = None
) -> tuple[Keyframe, ...]:
    """Keyframes from ``start`` to ``end`` in so many ``seconds``, from ``begin_seconds`` on.

    The same ``seed`` gives the same walk. A person's pace is not even: it starts and ends softly.
    """
    lively = lively or Liveliness()
    rng = np.random.default_rng(seed)
    waves = [_Wave.by_chance(rng) for _ in range(6)]
    keys = []
    count = max(1, math.ceil(seconds / KEYFRAME_SECONDS))
    first, last = start.as_tuple(), end.as_tuple()
    for index in range(count + 1):
        share = index / count
        at = seconds * share
        eased = share - math.sin(2 * math.pi * share) / (4 * math.pi)
        x, y, face_px, rotation, defocus, light = (a + eased * (b - a) for a, b in zip(first, last, strict=True))
        pose = Pose(
            x=x + lively.sway * face_px * waves[0].at(at),
            y=y + lively.sway * face_px * waves[1].at(at),
            face_px=face_px * (1 + lively.scale * waves[2].at(at)),
            rotation_degrees=rotation + lively.rotation_degrees * waves[3].at(at),
            defocus_px=defocus + lively.defocus_px * max(0.0, waves[4].at(at)),
            light=light * (1 + lively.light * waves[5].at(at)),
        )
        keys.append(Keyframe(begin_seconds + at, pose))
    return tuple(keys)


@dataclass(frozen=True)
class _Wave:
    """Two sines with periods of one to four seconds; -1 to 1."""

    frequencies: tuple[float, float]
    phases: tuple[float, float]

    @classmethod
    def by_chance(cls, rng: np.random.Generator) -> _Wave:
        slow, fast = rng.uniform(0.25, 0.5), rng.uniform(0.5, 1.0)
        one, other = rng.uniform(0, 2 * math.pi, 2)
        return cls((float(slow), float(fast)), (float(one), float(other)))

    def at(self, seconds: float) -> float:
        pairs = zip(self.frequencies, self.phases, (0.65, 0.35), strict=True)
        return sum(weight * math.sin(2 * math.pi * hertz * seconds + phase) for hertz, phase, weight in pairs)
