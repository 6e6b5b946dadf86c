"""Boxes over time -> tracks.

A track is one unambiguous run of one face: where two faces overlap, it can no longer be said whose boxes are
whose, so both tracks end when they part again and new ones begin; who they are is then decided anew from their
pictures (see :mod:`argus.core.visits`), never carried over by position.

Faces are looked for on few frames (see :mod:`argus.device.pipeline`), in the whole picture or around the tracks
only; between looks a track's box moves with its smoothed velocity. Association is greedy by overlap with the
predicted box, with the distance of centres where the overlap is lost to fast motion: faces of one scene are few
and apart, and where they are not the tracks are ended anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from argus.core.types import Box, Detection, Moment

_MIN_IOU = 0.25
"""Overlap of predicted and detected box that makes them one face."""

_MAX_DRIFT = 0.6
"""Without overlap: distance of the centres, in face widths, within which it may still be the same face."""

_MAX_SIZE_RATIO = 1.6
"""A face does not grow or shrink faster than this between two looks."""

_VELOCITY_SMOOTHING = 0.5
"""Weight of the newest step in a track's velocity."""

_ENTANGLED_IOU = 0.1
"""From this overlap on two tracks are entangled."""


@dataclass(frozen=True)
class Track:
    """One run of one face.

    Attributes:
        id: unique within its tracker.
        box: where it was last detected, source pixels.
        seen: when that was.
        velocity: of the centre, pixels a second.
        first: when it was first detected.
        hits: in how many looks it was found; where nothing moved, it counts as found again.
        missed: whether it was looked for in vain since.
        entangled: whether it has overlapped another track; it will end when it is alone again.
    """

    id: int
    box: Box
    seen: Moment
    first: Moment
    velocity: tuple[float, float] = (0.0, 0.0)
    hits: int = 1
    missed: bool = False
    entangled: bool = False

    def box_at(self, at_seconds: float) -> Box:
        """The box, moved to ``at_seconds`` by the velocity."""
        elapsed = at_seconds - self.seen.at_seconds
        return self.box.shifted(self.velocity[0] * elapsed, self.velocity[1] * elapsed)


@dataclass(frozen=True)
class TrackUpdate:
    """What one look changed: tracks that were found (with their detection) or begun, missed, and ended."""

    seen: tuple[tuple[Track, Detection], ...]
    missed: tuple[Track, ...]
    ended: tuple[Track, ...]


class Tracker:
    """The tracks of one camera.

    Args:
        patience_seconds: how long a track that is looked for in vain is kept; a short look away or a blurred
            frame must not split it, and a longer absence is for the visit to bridge.
    """

    def __init__(self, patience_seconds: float = 0.7) -> None:
        self._patience_seconds = patience_seconds
        self._tracks: dict[int, Track] = {}
        self._next_id = 1

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The live tracks, oldest first."""
        return tuple(self._tracks.values())

    def observe(
        self, detections: Sequence[Detection], moment: Moment, looked_for: Collection[int] | None = None
    ) -> TrackUpdate:
        """Takes in what was found in one frame.

        Args:
            detections: faces found, in any order.
            moment: which frame it was.
            looked_for: ids of the tracks around which faces were looked for; None: the whole picture was searched.
        """
        at_seconds = moment.at_seconds
        pairs, fresh = self._associate(detections, at_seconds)
        for track_id, found in pairs:
            self._tracks[track_id] = _advanced(self._tracks[track_id], found, moment)
        missed, ended = self._unseen({track_id for track_id, _ in pairs}, looked_for, at_seconds)
        parted = {track_id for track_id, _ in pairs if self._has_parted(self._tracks[track_id], at_seconds)}
        ended += [self._tracks.pop(track_id) for track_id in sorted(parted)]
        seen = [(track_id, found) for track_id, found in pairs if track_id not in parted]
        fresh += [found for track_id, found in pairs if track_id in parted]
        seen += [(self._begin(found, moment), found) for found in fresh]
        self._mark_entangled(at_seconds)
        return TrackUpdate(
            seen=tuple((self._tracks[track_id], found) for track_id, found in seen),
            missed=tuple(self._tracks[track_id] for track_id in missed),
            ended=tuple(ended),
        )

    def hold(self, moment: Moment) -> tuple[Track, ...]:
        """Nothing moved: every track that was not missed is where it was; returns them."""
        held = [
            replace(track, seen=moment, velocity=(0.0, 0.0), hits=track.hits + 1)
            for track in self.tracks
            if not track.missed
        ]
        self._tracks.update({track.id: track for track in held})
        return tuple(held)

    def end_all(self) -> tuple[Track, ...]:
        """Ends every track: the scene was cut, or the source ended."""
        ended = self.tracks
        self._tracks.clear()
        return ended

    def _associate(
        self, detections: Sequence[Detection], at_seconds: float
    ) -> tuple[list[tuple[int, Detection]], list[Detection]]:
        predicted = {track.id: track.box_at(at_seconds) for track in self.tracks}
        scored = sorted(
            (
                (closeness, -track_id, index)
                for track_id, box in predicted.items()
                for index, found in enumerate(detections)
                if (closeness := _closeness(box, found.box)) > 0
            ),
            reverse=True,
        )
        taken: dict[int, int] = {}
        for _, negative_id, index in scored:
            if -negative_id not in taken.values() and index not in taken:
                taken[index] = -negative_id
        pairs = [(track_id, detections[index]) for index, track_id in sorted(taken.items())]
        fresh = [found for index, found in enumerate(detections) if index not in taken]
        return pairs, fresh

    def _begin(self, found: Detection, moment: Moment) -> int:
        track = Track(self._next_id, found.box, moment, moment)
        self._next_id += 1
        self._tracks[track.id] = track
        return track.id

    def _unseen(
        self, found: Collection[int], looked_for: Collection[int] | None, at_seconds: float
    ) -> tuple[list[int], list[Track]]:
        missed, ended = [], []
        for track in self.tracks:
            if track.id in found or (looked_for is not None and track.id not in looked_for):
                continue
            missing = replace(track, missed=True)
            if at_seconds - track.seen.at_seconds > self._patience_seconds:
                del self._tracks[track.id]
                ended.append(missing)
            else:
                self._tracks[track.id] = missing
                missed.append(track.id)
        return missed, ended

    def _mark_entangled(self, at_seconds: float) -> None:
        for track in self.tracks:
            if not track.entangled and self._overlaps(track, at_seconds):
                self._tracks[track.id] = replace(track, entangled=True)

    def _has_parted(self, track: Track, at_seconds: float) -> bool:
        return track.entangled and not self._overlaps(track, at_seconds)

    def _overlaps(self, track: Track, at_seconds: float) -> bool:
        box = track.box_at(at_seconds)
        return any(other.id != track.id and box.iou(other.box_at(at_seconds)) > _ENTANGLED_IOU for other in self.tracks)


def _advanced(track: Track, found: Detection, moment: Moment) -> Track:
    elapsed = moment.at_seconds - track.seen.at_seconds
    velocity = track.velocity
    if elapsed > 0:
        (x, y), (old_x, old_y) = found.box.centre, track.box.centre
        weight = _VELOCITY_SMOOTHING if track.hits > 1 else 1.0
        velocity = (
            velocity[0] + weight * ((x - old_x) / elapsed - velocity[0]),
            velocity[1] + weight * ((y - old_y) / elapsed - velocity[1]),
        )
    return replace(track, box=found.box, seen=moment, velocity=velocity, hits=track.hits + 1, missed=False)


def _closeness(predicted: Box, found: Box) -> float:
    """How well a detection continues a track: 1 + IoU with enough overlap, else less by distance, 0: another face."""
    ratio = max(predicted.width, found.width) / min(predicted.width, found.width)
    if ratio > _MAX_SIZE_RATIO:
        return 0.0
    overlap = predicted.iou(found)
    if overlap >= _MIN_IOU:
        return 1.0 + overlap
    (x, y), (other_x, other_y) = predicted.centre, found.centre
    drift = float(((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5) / max(predicted.width, found.width)
    return 1.0 - drift if drift < _MAX_DRIFT else 0.0
