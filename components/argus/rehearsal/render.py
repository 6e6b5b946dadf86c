"""From a scenario to frames, with the truth about each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from argus.core.types import Box, Frame, RgbImage
from argus.rehearsal.backdrop import draw_backdrop
from argus.rehearsal.figure import Figure, Layer, lit
from argus.rehearsal.scenario import Actor, Portrait, Pose, Scenario, Shot

SHUTTER_SHARE = 0.5
"""Share of the time between two frames for which the shutter is open: the customary half."""

START = datetime(2024, 1, 1, 12, 0, tzinfo=timezone.utc)

HIDDEN_BELOW = 0.6
"""Of a face less visible than this, a detector cannot be asked to find it."""


@dataclass(frozen=True)
class Presence:
    """Somebody in a frame.

    Attributes:
        person: who.
        box: the box of the face; may reach outside the frame.
        visible: share of the box that is inside the frame and behind nobody, 0 to 1.
    """

    person: str
    box: Box
    visible: float

    @property
    def hidden(self) -> bool:
        return self.visible < HIDDEN_BELOW


@dataclass(frozen=True)
class RenderedFrame:
    """A frame, who is in it, and which shot it belongs to."""

    frame: Frame
    truth: tuple[Presence, ...]
    shot: int


def render(scenario: Scenario, *, camera_id: str = "rehearsal", start: datetime = START) -> Iterator[RenderedFrame]:
    """All frames of ``scenario`` in order; ``start`` is the time of the first."""
    figures: dict[int, Figure] = {}
    sequence = 0
    for number, shot in enumerate(scenario.shots):
        painter = _Painter(scenario, shot, np.random.default_rng((scenario.seed, number)), figures)
        for index in range(scenario.frames_of(shot)):
            rgb, truth = painter.paint(index)
            at_seconds = sequence / scenario.fps
            frame = Frame(camera_id, sequence, start + timedelta(seconds=at_seconds), at_seconds, rgb)
            yield RenderedFrame(frame, truth, number)
            sequence += 1


class RenderedSource:
    """Plays a scenario; implements :class:`argus.core.ports.FrameSource`."""

    def __init__(self, scenario: Scenario, *, camera_id: str = "rehearsal") -> None:
        self._scenario = scenario
        self._camera_id = camera_id
        self._closed = False

    def frames(self) -> Iterator[Frame]:
        for rendered in render(self._scenario, camera_id=self._camera_id):
            if self._closed:
                return
            yield rendered.frame

    def close(self) -> None:
        self._closed = True


class _Painter:
    """Paints the frames of one shot, in order."""

    def __init__(self, scenario: Scenario, shot: Shot, rng: np.random.Generator, figures: dict[int, Figure]) -> None:
        self._scenario, self._shot, self._rng = scenario, shot, rng
        self._backdrop = draw_backdrop(shot.backdrop, scenario.width, scenario.height)
        self._figures = [_figure(actor.portrait, figures) for actor in shot.actors]
        self._noise = _noise_field(rng, shot.noise, scenario.width, scenario.height)
        self._clean: tuple[RgbImage, tuple[Presence, ...]] | None = None

    def paint(self, index: int) -> tuple[RgbImage, tuple[Presence, ...]]:
        if self._clean is None or not self._shot.still:
            self._clean = self._paint_clean(0 if self._shot.still else index)
        rgb, truth = self._clean
        return self._with_noise(rgb), truth

    def _paint_clean(self, index: int) -> tuple[RgbImage, tuple[Presence, ...]]:
        seconds = index / self._scenario.fps
        canvas = self._backdrop.copy()
        width, height = self._scenario.width, self._scenario.height
        shown: list[tuple[str, Box, NDArray[np.float32]]] = []
        for actor, figure in zip(self._shot.actors, self._figures, strict=True):
            pose = actor.pose_at(seconds)
            layer = figure.draw(pose, self._motion(actor, pose, seconds), width, height) if pose else None
            if pose is None or layer is None:
                continue
            _compose(canvas, layer)
            for _, box, uncovered in shown:
                _cover(uncovered, box, layer)
            box = face_box(actor.portrait, pose)
            shown.append((actor.portrait.person, box, _inside(box, width, height)))
        truth = tuple(
            Presence(person, box, float(uncovered.mean())) for person, box, uncovered in shown if uncovered.any()
        )
        return lit(canvas, self._light(index)), truth

    def _motion(self, actor: Actor, pose: Pose, seconds: float) -> tuple[float, float]:
        later = None if self._shot.still else actor.pose_at(seconds + SHUTTER_SHARE / self._scenario.fps)
        return (later.x - pose.x, later.y - pose.y) if later else (0.0, 0.0)

    def _light(self, index: int) -> float:
        share = index / max(1, self._scenario.frames_of(self._shot) - 1)
        return self._shot.light_from + share * (self._shot.light_to - self._shot.light_from)

    def _with_noise(self, rgb: RgbImage) -> RgbImage:
        if self._noise is None:
            return np.array(rgb)
        height, width = rgb.shape[:2]
        top, left = self._rng.integers(0, NOISE_SPARE_PX, 2)
        noise = self._noise[top : top + height, left : left + width]
        noisy: NDArray[np.int16] = np.add(rgb, noise, dtype=np.int16)
        np.clip(noisy, 0, 255, out=noisy)
        return noisy.astype(np.uint8)


NOISE_SPARE_PX = 128
"""The field of noise is this much larger than a frame; each frame takes another part of it."""


def _noise_field(rng: np.random.Generator, deviation: float, width: int, height: int) -> NDArray[np.int16] | None:
    if deviation <= 0:
        return None
    size = (height + NOISE_SPARE_PX, width + NOISE_SPARE_PX, 3)
    return np.rint(rng.normal(0, deviation, size)).astype(np.int16)


def _figure(portrait: Portrait, figures: dict[int, Figure]) -> Figure:
    """One figure a portrait, however many actors show it; the scenario keeps the portrait alive, and so its id."""
    if id(portrait) not in figures:
        figures[id(portrait)] = Figure(portrait)
    return figures[id(portrait)]


def face_box(portrait: Portrait, pose: Pose) -> Box:
    """Where ``portrait``'s face is in a frame that shows it in ``pose``."""
    face = portrait.face
    scale = pose.face_px / min(face.width, face.height)
    left, top = round(pose.x - face.width * scale / 2), round(pose.y - face.height * scale / 2)
    return Box(left, top, left + max(1, round(face.width * scale)), top + max(1, round(face.height * scale)))


def _compose(canvas: RgbImage, layer: Layer) -> None:
    height, width = layer.alpha.shape
    part = canvas[layer.top : layer.top + height, layer.left : layer.left + width]
    # 255 counts as 256, so that a division becomes a shift.
    through = np.uint16(256) - layer.alpha - (layer.alpha >> 7)
    np.minimum((part * through[..., None] >> 8) + layer.rgb, 255, out=part, casting="unsafe")


def _inside(box: Box, width: int, height: int) -> NDArray[np.float32]:
    """1 for every pixel of ``box`` inside the frame, 0 outside."""
    rows = np.arange(box.top, box.bottom)
    columns = np.arange(box.left, box.right)
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None, :]
    return inside.astype(np.float32)


def _cover(uncovered: NDArray[np.float32], box: Box, layer: Layer) -> None:
    """Takes from ``uncovered``, the pixels of ``box``, what ``layer`` hides."""
    height, width = layer.alpha.shape
    shared = Box(layer.left, layer.top, layer.left + width, layer.top + height)
    left, right = max(box.left, shared.left), min(box.right, shared.right)
    top, bottom = max(box.top, shared.top), min(box.bottom, shared.bottom)
    if right <= left or bottom <= top:
        return
    alpha = layer.alpha[top - layer.top : bottom - layer.top, left - layer.left : right - layer.left]
    uncovered[top - box.top : bottom - box.top, left - box.left : right - box.left] *= 1 - alpha / np.float32(255)
