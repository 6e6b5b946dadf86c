"""What is to be rendered: a scenario is a list of shots, a shot has actors, an actor follows keyframes.

Everything is a value; the same scenario always renders the same pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from argus.core.types import Box, RgbImage


@dataclass(frozen=True, eq=False)
class Portrait:
    """A picture of one person and where the face is in it.

    Attributes:
        person: who it is, for the truth; one person may have several portraits.
        rgb: the picture.
        face: the detector's box of the face.
    """

    person: str
    rgb: RgbImage
    face: Box


@dataclass(frozen=True)
class Pose:
    """How somebody is seen at one moment.

    Attributes:
        x, y: the centre of the face, pixels of the frame; may lie outside.
        face_px: shorter side of the face's box, pixels of the frame.
        rotation_degrees: in the picture's plane, counter-clockwise.
        defocus_px: standard deviation of the blur of a lens out of focus.
        light: 1 as in the portrait, 0.5 half as bright.
    """

    x: float
    y: float
    face_px: float
    rotation_degrees: float = 0.0
    defocus_px: float = 0.0
    light: float = 1.0

    def as_tuple(self) -> tuple[float, ...]:
        return (self.x, self.y, self.face_px, self.rotation_degrees, self.defocus_px, self.light)


@dataclass(frozen=True)
class Keyframe:
    """A pose at a time, in seconds from the start of the shot."""

    at_seconds: float
    pose: Pose


@dataclass(frozen=True, eq=False)
class Actor:
    """One appearance of a person in a shot; seen from the first keyframe to the last, straight lines between.

    Attributes:
        portrait: who, and what is shown.
        path: at least one keyframe, times increasing.
    """

    portrait: Portrait
    path: tuple[Keyframe, ...]

    def __post_init__(self) -> None:
        times = [key.at_seconds for key in self.path]
        if not times or times != sorted(set(times)):
            raise ValueError(f"a path needs keyframes at increasing times, not {times}")

    @cached_property
    def _table(self) -> tuple[list[float], list[tuple[float, ...]]]:
        return [key.at_seconds for key in self.path], list(
            zip(*(key.pose.as_tuple() for key in self.path), strict=True)
        )

    def pose_at(self, seconds: float) -> Pose | None:
        """The pose at a time of the shot, or None before the first keyframe and after the last."""
        times, columns = self._table
        if not times[0] <= seconds <= times[-1]:
            return None
        return Pose(*(float(np.interp(seconds, times, column)) for column in columns))


@dataclass(frozen=True, eq=False)
class Shot:
    """An uninterrupted stretch of one camera's picture; between two shots is a cut.

    Attributes:
        seconds: its length.
        actors: from the back to the front.
        backdrop: which background; a number is a picture, always the same.
        noise: standard deviation of the sensor's noise, levels; 0 none.
        light_from, light_to: brightness of the whole picture, changing evenly over the shot.
        still: nothing moves: all is as at the start, but for the noise. Without noise, frames are equal in every bit.
    """

    seconds: float
    actors: tuple[Actor, ...] = ()
    backdrop: int = 0
    noise: float = 3.0
    light_from: float = 1.0
    light_to: float = 1.0
    still: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.seconds < math.inf:
            raise ValueError(f"a shot lasts a positive number of seconds, not {self.seconds}")


@dataclass(frozen=True, eq=False)
class Scenario:
    """A clip to be rendered."""

    shots: tuple[Shot, ...]
    seed: int = 0
    width: int = 640
    height: int = 360
    fps: float = 25.0

    @property
    def frame_count(self) -> int:
        return sum(self.frames_of(shot) for shot in self.shots)

    def frames_of(self, shot: Shot) -> int:
        return max(1, round(shot.seconds * self.fps))
