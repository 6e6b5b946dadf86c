from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from argus.core.errors import CalibrationError
from argus.core.genuine import GenuineScores
from tests.core.measures import MODELS, real_calibration


def document(**shares: list[float]) -> dict[str, Any]:
    """Tables by name, ``t12`` for one picture enrolled and two in the probe."""
    tables = [
        {"enrolled_pictures": int(name[1]), "probe_pictures": int(name[2]), "share": share}
        for name, share in shares.items()
    ]
    return {"score": [-1.0, 0.0, 1.0], "tables": tables}


def parse(content: Any) -> GenuineScores:
    return GenuineScores.parse(json.dumps(content).encode())


def real() -> GenuineScores:
    return GenuineScores.parse((MODELS / "genuine.json").read_bytes())


def test_more_photos_and_fewer_people_are_named_more_often() -> None:
    genuine, calibration = real(), real_calibration()
    by_size = [
        [
            genuine.named(calibration, calibration.strictness(0.01, people).pair_rate, photos, 1)
            for photos in (1, 2, 3, 4)
        ]
        for people in (10, 100, 1000)
    ]
    for small, large in pairwise(by_size):
        assert all(a > b for a, b in zip(small, large, strict=True))
    for row in by_size:
        assert row == sorted(row)


def test_it_says_what_was_measured() -> None:
    """With 80 people at 1 %: 89 % and 98 % from one picture (see the accuracy's baseline)."""
    genuine, calibration = real(), real_calibration()
    pair_rate = calibration.strictness(0.01, 80).pair_rate
    assert genuine.named(calibration, pair_rate, 1, 1) == pytest.approx(0.89, abs=0.01)
    assert genuine.named(calibration, pair_rate, 4, 1) == pytest.approx(0.98, abs=0.01)


def test_more_pictures_than_were_counted_are_at_least_as_good() -> None:
    genuine, calibration = real(), real_calibration()
    assert genuine.most_enrolled_pictures == 4
    assert genuine.named(calibration, 1e-4, 9, 1) == genuine.named(calibration, 1e-4, 4, 1)
    assert genuine.named(calibration, 1e-4, 4, 4) >= genuine.named(calibration, 1e-4, 4, 1)


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {},
        {"score": [0, 1]},
        document(),
        document(t12=[0, 0.5, 1]),
        document(t11=[0, 1]),
        document(t11=[0, 0.6, 0.5]),
        document(t11=[0, 0.5, 1.5]),
        document(t11=[-0.5, 0.5, 1]),
        document(t11=[0, 0.5, float("nan")]),
        document(t11=[0, 0.5, 1], t01=[0, 0.5, 1]),
    ],
)
def test_damaged_tables_are_refused(broken: Any) -> None:
    with pytest.raises(CalibrationError, match="restore models/"):
        parse(broken)
