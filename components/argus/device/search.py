"""Where to look for faces in the next frame, and where not.

The detector costs by the pixel it sees, so a frame of a video is seldom searched whole:

- after a cut and shortly after it, at the first miss of a track, and from time to time while anything moves: the
  whole picture for faces of 80 px and more;
- half-way between, one of the finer levels in turn, for the faces between ``min_face_px`` and 80 px;
- more often than both: around each track, at its face's size and one step smaller and larger; half as often around
  those that are known already.

Searching the whole picture at the *first* miss matters: waiting for the next turn splits visits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from argus.core.ports import Scanner
from argus.core.tracking import Track
from argus.core.types import Box, Detection, RgbImage
from argus.vision.scanner import STEP

WINDOW_PX = 80
"""The face size that the detector's window fits at scale 1."""

_REGION_GROWTH = 2.0
"""Side of the region searched around a track, in face widths: room for a face's own width of motion."""

_SAME_FACE_IOU = 0.3
"""Detections of two levels or regions that overlap so much are of one face."""


@dataclass(frozen=True)
class SearchRhythm:
    """How often faces are looked for while the picture moves, in seconds.

    At 25 frames a second the defaults are about every 13th frame for the whole picture and every 4th around the
    tracks. A scene is searched again soon after its first frame, which is often blurred.
    """

    whole_seconds: float = 0.5
    after_cut_seconds: float = 0.2
    track_seconds: float = 0.16


@dataclass(frozen=True)
class Findings:
    """Faces found in a frame, and the ids of the tracks that were looked for; None: all, wherever they are."""

    detections: tuple[Detection, ...]
    looked_for: frozenset[int] | None


class FaceSearch:
    """Decides for each frame of one camera where to look, and looks.

    Args:
        scanner: the detector.
        min_face_px: the smallest face worth finding, source pixels.
        rhythm: how often.
    """

    def __init__(self, scanner: Scanner, min_face_px: int = 40, rhythm: SearchRhythm | None = None) -> None:
        self._scanner = scanner
        self._rhythm = rhythm or SearchRhythm()
        self._fine_scales = _fine_scales(min_face_px)
        self._coarsest = min(1.0, WINDOW_PX / min_face_px)
        self._next_fine = 0
        self._known_too = True
        self._unsearched = True
        self._fine_left = 0
        self._whole_at = float("-inf")
        self._fine_at = float("-inf")
        self._tracks_at = float("-inf")

    def is_settled(self, tracks: Sequence[Track], *, moving: bool) -> bool:
        """Whether the next frame can be passed over: nothing moved since the picture was last searched at all levels.

        Args:
            tracks: the live tracks; one that was missed has to be looked for until it is found or given up.
            moving: whether the next frame moved.
        """
        if moving:
            self._unsearched, self._fine_left = True, len(self._fine_scales)
        return not self._unsearched and not self._fine_left and not any(track.missed for track in tracks)

    def look(
        self,
        rgb: RgbImage,
        at_seconds: float,
        tracks: Sequence[Track],
        *,
        known: Collection[int] = (),
        everywhere: bool = False,
    ) -> Findings | None:
        """Searches a frame as far as it is time to; None when it is not.

        Args:
            rgb: the frame.
            at_seconds: its time.
            tracks: the live tracks.
            known: ids of those about whom nothing more has to be found out.
            everywhere: search the whole picture now: the scene was cut.
        """
        if everywhere or _due(at_seconds, self._whole_at, self._rhythm.whole_seconds):
            return self._whole(rgb, at_seconds, tracks, everywhere)
        # Before the tracks, which would leave it no frame of a slow camera.
        if self._fine_scales and _due(at_seconds, self._fine_at, self._rhythm.whole_seconds):
            return self._fine(rgb, at_seconds, tracks)
        if tracks and _due(at_seconds, self._tracks_at, self._rhythm.track_seconds):
            return self._around(rgb, at_seconds, tracks, known)
        return None

    def _whole(self, rgb: RgbImage, at_seconds: float, tracks: Sequence[Track], first: bool) -> Findings:
        self._whole_at = self._tracks_at = at_seconds
        self._unsearched = False
        if first:
            self._whole_at += self._rhythm.after_cut_seconds - self._rhythm.whole_seconds
            self._fine_at = at_seconds - self._rhythm.whole_seconds / 2
        # A face that the coarse levels are too coarse for is looked for around its track, and not missed here.
        smallest_px = WINDOW_PX / self._coarsest / STEP**0.5
        large = frozenset(track.id for track in tracks if track.box.width >= smallest_px)
        return Findings(tuple(self._scanner.scan(rgb, self._whole_scales(rgb))), large)

    def _around(
        self, rgb: RgbImage, at_seconds: float, tracks: Sequence[Track], known: Collection[int]
    ) -> Findings | None:
        self._tracks_at = at_seconds
        self._known_too = not self._known_too
        wanted = [track for track in tracks if self._known_too or track.id not in known]
        if not wanted:
            return None
        found: list[Detection] = []
        for track in wanted:
            near = self._scan_region(rgb, track.box_at(at_seconds))
            if not near and not track.missed:
                return self._with_small_tracks(rgb, at_seconds, tracks)
            found.extend(near)
        return Findings(distinct(found), frozenset(track.id for track in wanted))

    def _with_small_tracks(self, rgb: RgbImage, at_seconds: float, tracks: Sequence[Track]) -> Findings:
        """The whole picture, at the levels of the tracks' own sizes too where those are finer."""
        finest = max(WINDOW_PX / track.box.width for track in tracks)
        self._whole_at = at_seconds
        self._unsearched = False
        extra = [scale for scale in self._fine_scales if scale <= finest * STEP]
        return Findings(tuple(self._scanner.scan(rgb, [*extra, *self._whole_scales(rgb)])), None)

    def _fine(self, rgb: RgbImage, at_seconds: float, tracks: Sequence[Track]) -> Findings:
        self._fine_at = at_seconds
        scale = self._fine_scales[self._next_fine]
        self._next_fine = (self._next_fine + 1) % len(self._fine_scales)
        self._fine_left = max(0, self._fine_left - 1)
        boxes = [track.box_at(at_seconds) for track in tracks]
        # A single level sees parts of larger faces as small ones; faces with a track are looked at around it.
        fresh = [
            found
            for found in self._scanner.scan(rgb, [scale])
            if not any(found.box.intersection(box) > 0 for box in boxes)
        ]
        return Findings(tuple(fresh), frozenset())

    def _scan_region(self, rgb: RgbImage, box: Box) -> list[Detection]:
        height, width = rgb.shape[:2]
        region = box.grown(_REGION_GROWTH).clipped(width, height)
        if region is None:
            return []
        part = rgb[region.top : region.bottom, region.left : region.right]
        scale = WINDOW_PX / box.width
        return [
            Detection(found.box.shifted(region.left, region.top), found.score)
            for found in self._scanner.scan(part, [scale * STEP, scale, scale / STEP])
        ]

    def _whole_scales(self, rgb: RgbImage) -> list[float]:
        scales, scale = [], self._coarsest
        while scale * min(rgb.shape[:2]) >= WINDOW_PX / STEP:
            scales.append(scale)
            scale /= STEP
        return scales


def distinct(detections: Sequence[Detection]) -> tuple[Detection, ...]:
    """One detection a face, best score first: what overlaps a better one is left out."""
    kept: list[Detection] = []
    for found in sorted(detections, key=lambda detection: -detection.score):
        if all(found.box.iou(better.box) < _SAME_FACE_IOU for better in kept):
            kept.append(found)
    return tuple(kept)


def _fine_scales(min_face_px: int) -> list[float]:
    """Levels above scale 1 down to faces of ``min_face_px``, coarse first."""
    scales, scale = [], STEP
    while scale < WINDOW_PX / min_face_px * STEP**0.5:
        scales.append(scale)
        scale *= STEP
    return scales


def _due(at_seconds: float, last_seconds: float, interval_seconds: float) -> bool:
    """Half a millisecond early is on time: frame times are rounded."""
    return at_seconds - last_seconds >= interval_seconds - 0.0005
