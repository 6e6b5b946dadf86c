"""One camera's frames -> visits.

Per frame: is anything moving (:mod:`argus.vision.scene`)? Where to look (:mod:`argus.device.search`)? Which face
is whose (:mod:`argus.core.tracking`)? Is there enough to look at somebody (:mod:`argus.core.evidence`)? What did
the look come to, and whose visit is it (:mod:`argus.core.visits`)?

The two halves of a frame are apart, so that the crops of all cameras can be embedded in one batch::

    looks = pipeline.observe(frame)           # crops that want to be embedded; idle(now) where no frame comes
    settled = pipeline.settle(look, vectors, gallery)  # for each of them
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from argus.core.evidence import LOOKS, Look, Offer, Schedule, TrackEvidence
from argus.core.matching import Decision, Gallery, Outcome
from argus.core.tracking import Track, Tracker, TrackUpdate
from argus.core.types import MIRROR_MODEL_ID, Box, Detection, Frame, Moment, Quality, RgbImage, Template
from argus.core.visits import Sight, Visit, VisitBook, VisitChange
from argus.core.zones import Area
from argus.device.portrait import cut_portrait
from argus.device.search import FaceSearch, Findings
from argus.vision.faces import FaceReader, ReadFace
from argus.vision.scene import SceneGate


@dataclass(frozen=True)
class Crop:
    """A face cut out of a frame, with all that a look needs to know of it.

    Attributes:
        portrait: the face with what is around it, where somebody wants pictures of whom was seen.
    """

    read: ReadFace
    moment: Moment
    frame_size: tuple[int, int]
    portrait: RgbImage | None = None


@dataclass(frozen=True)
class PendingLook:
    """A look at a track that waits for its crops to be embedded."""

    track: Track
    look: Look[Crop]
    now: Moment

    @property
    def chips(self) -> NDArray[np.uint8]:
        """``(n, 150, 150, 3)`` uint8 RGB."""
        return np.stack([crop.read.chip for crop in self.look.crops])


@dataclass(frozen=True, eq=False)
class SettledLook:
    """A look and what it came to, for those who keep records.

    Attributes:
        vectors: ``(n, 128)`` float32, the embeddings of the look's crops.
        template: their mean.
        gallery: the people it was compared with.
        false_alarm_rate: the wanted rate of this look.
        decision: None when the visit's looks were used up and nothing was compared.
        visit: whose visit it is.
        changes: what is to be told.
    """

    pending: PendingLook
    vectors: NDArray[np.float32]
    template: Template
    gallery: Gallery
    false_alarm_rate: float
    decision: Decision | None
    visit: Visit
    changes: tuple[VisitChange, ...]


@dataclass(frozen=True)
class Shown:
    """A live track for those who look at the picture.

    Attributes:
        box: where it is.
        visit: whose it is, if that is known.
        quality: of the newest picture that was measured, if any was.
    """

    box: Box
    visit: Visit | None
    quality: Quality | None = None


@dataclass
class Counters:
    """What the pipeline did, in frames and calls."""

    frames: int = 0
    still: int = 0
    searched: int = 0
    looks: int = 0


@dataclass
class CameraPipeline:
    """The state of one camera between its frames.

    Attributes:
        search: where faces are looked for.
        reader: landmarks, chip and quality of a detected face.
        book: the camera's visits.
        false_alarm_rate: wanted share of strangers' visits that are given somebody's name; may be set anew at any time.
        zones: only faces whose middle lies in them count; an empty area: all do.
        keeps_portraits: whether looks bring a picture of whom they are of.
        measures_all: whether somebody wants to know the quality of faces that need no more pictures, too.
    """

    search: FaceSearch
    reader: FaceReader
    book: VisitBook
    false_alarm_rate: float
    zones: Area = field(default_factory=Area)
    keeps_portraits: bool = False
    schedule: Schedule = field(default_factory=Schedule)
    tracker: Tracker = field(default_factory=Tracker)
    counters: Counters = field(default_factory=Counters)
    measures_all: Callable[[], bool] = lambda: False
    _gate: SceneGate = field(default_factory=SceneGate)
    _last: Moment | None = None
    _evidence: dict[int, TrackEvidence[Crop]] = field(default_factory=dict)
    _qualities: dict[int, Quality] = field(default_factory=dict)

    def observe(self, frame: Frame) -> list[PendingLook]:
        """Takes in the next frame; returns the looks that are due, to be given to :meth:`settle` in order."""
        self.counters.frames += 1
        self._last = moment = frame.moment
        scene = self._gate.observe(frame.rgb)
        pending = self._end(self.tracker.end_all(), moment) if scene.cut else []
        if self.search.is_settled(self.tracker.tracks, moving=scene.moving):
            self.counters.still += 1
            for track in self.tracker.hold(moment):
                self.book.seen(track)
            return pending + self._due(moment)
        known = {track_id for track_id, evidence in self._evidence.items() if evidence.finished}
        tracks = self.tracker.tracks
        findings = self.search.look(frame.rgb, moment.at_seconds, tracks, known=known, everywhere=scene.cut)
        if findings is not None:
            self.counters.searched += 1
            update = self.tracker.observe(self._that_count(findings, frame), moment, findings.looked_for)
            pending += self._take_in(update, frame)
        return pending + self._due(moment)

    def idle(self, moment: Moment) -> list[PendingLook]:
        """No frame has come until ``moment``; returns the looks that are due nevertheless.

        After the visits' gap nobody can be said to be still there: the tracks end, and the next frame is a new scene.
        """
        if self._last is None or moment.at_seconds - self._last.at_seconds <= self.book.gap_seconds:
            return self._due(moment)
        self._gate = SceneGate()
        return self.end(moment)

    def settle(self, pending: PendingLook, vectors: NDArray[np.float32], gallery: Gallery) -> SettledLook:
        """Decides a look.

        Args:
            pending: from :meth:`observe` or :meth:`end`.
            vectors: ``(n, 128)`` float32, the mirror-averaged embeddings of its chips.
            gallery: the people enrolled now.
        """
        self.counters.looks += 1
        template = Template.mean(vectors, MIRROR_MODEL_ID)
        best = pending.look.crops[0]
        sight = Sight(best.moment, best.read.face.box, best.frame_size, best.read.face.quality.score)
        rate = self.false_alarm_rate / LOOKS
        decision: Decision | None = None

        def decide() -> Decision:
            nonlocal decision
            decision = gallery.decide(template, rate, pending.look.poor)
            return decision

        # Anybody may look like a poor picture, so that nobody is known again by those.
        good = pending.look.good
        known_by = Template.mean(vectors[:good], MIRROR_MODEL_ID) if good else None
        changes = self.book.look(pending.track, known_by, sight, pending.now, decide)
        visit = self.book.of_track(pending.track.id)
        assert visit is not None, "a look joins its track to a visit"
        evidence = self._evidence.get(pending.track.id)
        if visit.decision.outcome is Outcome.MATCH and evidence is not None:
            evidence.finish()
        return SettledLook(pending, vectors, template, gallery, rate, decision, visit, changes)

    def close_idle(self, moment: Moment) -> tuple[VisitChange, ...]:
        """Ends the visits whose person has not been seen for the gap."""
        undecided = [track.first.at_seconds for track in self.tracker.tracks if self.book.of_track(track.id) is None]
        return self.book.close_idle(moment.at_seconds, min(undecided, default=None))

    def end(self, moment: Moment) -> list[PendingLook]:
        """The source ended: the last looks, after which the book can be closed."""
        return self._end(self.tracker.end_all(), moment)

    def shown(self, at_seconds: float) -> tuple[Shown, ...]:
        """The live tracks at ``at_seconds``, for a preview."""
        return tuple(
            Shown(track.box_at(at_seconds), self.book.of_track(track.id), self._qualities.get(track.id))
            for track in self.tracker.tracks
            if not track.missed
        )

    def _that_count(self, findings: Findings, frame: Frame) -> list[Detection]:
        return [
            found
            for found in findings.detections
            if not self.zones or self.zones.holds(found.box.centre, frame.width, frame.height)
        ]

    def _take_in(self, update: TrackUpdate, frame: Frame) -> list[PendingLook]:
        pending = self._end(update.ended, frame.moment)
        for track, found in update.seen:
            self.book.seen(track)
            evidence = self._evidence.setdefault(track.id, TrackEvidence(self.schedule, track.first.at_seconds))
            # While two faces overlap it cannot be said whose pictures are whose.
            if track.entangled or (evidence.finished and not self.measures_all()):
                continue
            read = self.reader.read(frame.rgb, found)
            self._qualities[track.id] = read.face.quality
            portrait = cut_portrait(frame.rgb, found.box) if self.keeps_portraits else None
            crop = Crop(read, frame.moment, (frame.width, frame.height), portrait)
            evidence.offer(Offer(crop, read.face.quality.score, read.poor), frame.at_seconds)
        return pending

    def _due(self, moment: Moment) -> list[PendingLook]:
        return self._looks(self.tracker.tracks, moment, ended=False)

    def _end(self, tracks: Iterable[Track], moment: Moment) -> list[PendingLook]:
        pending = self._looks(tracks, moment, ended=True)
        for track in tracks:
            self._evidence.pop(track.id, None)
            self._qualities.pop(track.id, None)
        return pending

    def _looks(self, tracks: Iterable[Track], moment: Moment, *, ended: bool) -> list[PendingLook]:
        pending = []
        for track in tracks:
            evidence = self._evidence.get(track.id)
            # What was seen once only was most likely no face; on a slow camera its second time may be seconds away.
            if evidence is None or track.hits == 1:
                continue
            look = evidence.due(moment.at_seconds, ended=ended)
            if look is not None:
                pending.append(PendingLook(track, look, moment))
        return pending
