"""Calibrations, vectors and moments for the tests of the core."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from argus.core.calibration import Calibration
from argus.core.types import EMBEDDING_SIZE, Moment, Person, Template

MODELS = Path(__file__).parents[2] / "models"

NOON = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Entry:
    """Somebody enrolled."""

    person: Person
    template: Template
    stricter_by: float = 0.0


def tables_document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((MODELS / "calibration.json").read_bytes())
    return document


def crowding_arrays() -> dict[str, Any]:
    with np.load(MODELS / "crowding.npz") as arrays:
        return dict(arrays)


@cache
def real_calibration() -> Calibration:
    return Calibration.parse((MODELS / "calibration.json").read_bytes(), crowding_arrays())


@cache
def flat_calibration() -> Calibration:
    """The real tables in a space that is equally crowded everywhere: a normalised distance is a distance less 1."""
    size = EMBEDDING_SIZE
    flat = {"quadratic": np.zeros((size, size)), "linear": np.zeros(size), "constant": np.ones(())}
    return Calibration.parse((MODELS / "calibration.json").read_bytes(), flat)


def at(axis: int, length: float, pictures: int = 4) -> Template:
    """A template ``length`` from the origin along an axis."""
    vector = np.zeros(EMBEDDING_SIZE, np.float32)
    vector[axis] = length
    return Template(vector, pictures)


def entry(person_id: str, template: Template, stricter_by: float = 0.0) -> Entry:
    return Entry(Person(person_id, person_id.title()), template, stricter_by)


def moment(seconds: float) -> Moment:
    """A point of a film of 100 frames a second."""
    return Moment(round(seconds * 100), seconds, NOON + timedelta(seconds=seconds))
