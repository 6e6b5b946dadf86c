"""Faces as the camera sees them, against what recognition needs: an aid for placing it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from argus.core.types import Quality
from argus.vision.quality import (
    FULL_SHARPNESS,
    FULL_SIZE_PX,
    MAX_BRIGHTNESS,
    MIN_BRIGHTNESS,
    MIN_CONTRAST,
    MIN_FACE_PX,
    MIN_FRONTALITY,
    MIN_SHARPNESS,
    UNSURE_FRONTALITY,
)

Verdict = Literal["poor", "fair", "good"]


@dataclass(frozen=True)
class Scale:
    """What recognition needs of one measure.

    Attributes:
        name: for people.
        of: reads the measure.
        needed: the least and the most that the quality gate lets through.
        good: from where to where more is gained nothing.
        top: where the scale ends; it begins at 0.
        unit: written after the figures.
        falls: how faces are that lie under what is needed or good, and what to change.
        exceeds: the same for those that lie over it, where that can be.
    """

    name: str
    of: Callable[[Quality], float]
    needed: tuple[float, float]
    good: tuple[float, float]
    top: float
    unit: str
    falls: tuple[str, str]
    exceeds: tuple[str, str] = ("", "")


SCALES = (
    Scale(
        "Size",
        lambda quality: quality.face_px,
        needed=(MIN_FACE_PX, float("inf")),
        good=(FULL_SIZE_PX, float("inf")),
        top=160,
        unit=" px",
        falls=("small", "move the camera closer, zoom in, or raise its resolution"),
    ),
    Scale(
        "Brightness",
        lambda quality: quality.brightness,
        needed=(MIN_BRIGHTNESS, MAX_BRIGHTNESS),
        good=(0.29, 0.71),  # the 1st and the 99th percentile of press photos
        top=1,
        unit="",
        falls=("dark", "light the faces from the front, or turn the camera away from windows behind them"),
        exceeds=("too bright", "keep lamps and the sun from shining on the faces, or lower the camera's exposure"),
    ),
    Scale(
        "Contrast",
        lambda quality: quality.contrast,
        needed=(MIN_CONTRAST, float("inf")),
        good=(0.08, float("inf")),  # the 1st percentile of press photos
        top=0.25,
        unit="",
        falls=("flat", "clean the lens, and keep light from shining into it"),
    ),
    Scale(
        "Sharpness",
        lambda quality: quality.sharpness,
        needed=(MIN_SHARPNESS, float("inf")),
        good=(FULL_SHARPNESS, float("inf")),
        top=0.9,
        unit="",
        falls=("blurred", "focus and clean the lens; where people walk, give more light or a shorter exposure"),
    ),
    Scale(
        "Frontal view",
        lambda quality: quality.frontality,
        needed=(MIN_FRONTALITY, float("inf")),
        good=(UNSURE_FRONTALITY, float("inf")),
        top=1,
        unit="",
        falls=("turned away", "put the camera where people walk towards it, at the height of their heads"),
    ),
)
"""In the order of the quality gates."""


@dataclass(frozen=True)
class Measured:
    """One measure of the faces, where its zones lie on its scale (all 0 to 1), and what to say of it."""

    name: str
    text: str
    verdict: Verdict
    at: float
    needed: tuple[float, float]
    good: tuple[float, float]
    advice: str


@dataclass(frozen=True)
class Placing:
    """The aid as a whole: its one sentence, how bad it is (None: nobody was seen), and the measures behind it."""

    advice: str
    verdict: Verdict | None
    measures: tuple[Measured, ...]


NOBODY = Placing("No face was seen in the last seconds: stand where people will, and look at the camera.", None, ())


def placing(qualities: Sequence[Quality]) -> Placing:
    """What to change about the camera, by the middle of the faces that were seen lately."""
    if not qualities:
        return NOBODY
    measures = tuple(_measured(scale, statistics.median(map(scale.of, qualities))) for scale in SCALES)
    for verdict in ("poor", "fair"):
        for measured in measures:
            if measured.verdict == verdict:
                return Placing(measured.advice, verdict, measures)
    return Placing("Faces can be recognised well here.", "good", measures)


def _measured(scale: Scale, value: float) -> Measured:
    # Judged as it is written, so that no figure seems to contradict its sentence.
    value = round(value, 0 if scale.unit else 2)
    verdict: Verdict = "good" if _within(value, scale.good) else "fair" if _within(value, scale.needed) else "poor"
    return Measured(
        name=scale.name,
        text=_figure(scale, value),
        verdict=verdict,
        at=_on(scale, value),
        needed=(_on(scale, scale.needed[0]), _on(scale, scale.needed[1])),
        good=(_on(scale, scale.good[0]), _on(scale, scale.good[1])),
        advice=_advice(scale, value, verdict),
    )


def _advice(scale: Scale, value: float, verdict: Verdict) -> str:
    if verdict == "good":
        return ""
    falls = value < scale.good[0]
    how, change = scale.falls if falls else scale.exceeds
    needed, good = (_bare(scale, bounds[0 if falls else 1]) for bounds in (scale.needed, scale.good))
    verb = "are" if scale.unit else "is"
    bounds = f"{needed} {f'{verb} needed' if falls else 'is the most'}, {good} {verb} good"
    figures = f"{_figure(scale, value)}; {bounds}"
    if verdict == "fair":
        return f"Good enough. To do better, {change} ({scale.name.lower()} {figures})."
    if scale.unit:  # a size in pixels says more than the word for it
        return f"Faces are {_figure(scale, value)} wide; {bounds}: {change}."
    return f"Faces are {how} ({scale.name.lower()} {figures}): {change}."


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _on(scale: Scale, value: float) -> float:
    return round(min(1.0, max(0.0, value / scale.top)), 3)


def _figure(scale: Scale, value: float) -> str:
    return _bare(scale, value) + scale.unit


def _bare(scale: Scale, value: float) -> str:
    return f"{value:.{0 if scale.unit else 2}f}"
