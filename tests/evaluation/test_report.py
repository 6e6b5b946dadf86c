"""What an evaluation says, and what it says that it cannot say."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.errors import UsageError
from argus.evaluation import plot, report
from argus.evaluation.identification import Setting
from argus.evaluation.measuring import Evaluation, Wanted, evaluate
from tests.core.measures import flat_calibration
from tests.evaluation.sitters import sitters

RATES = (0.05, 0.01)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """20 people with 3 pictures, 50 strangers with one."""
    return evaluate(
        sitters(20, 3),
        sitters(30, 1, first_axis=30, prefix="s"),
        flat_calibration(),
        Wanted((Setting(1, 1), Setting(2, 2), Setting(4, 1)), RATES, rotations=2),
    )


def text(evaluation: Evaluation) -> str:
    return "\n".join(report.lines(evaluation))


def test_what_was_measured_stands_beside_what_was_wanted(evaluation: Evaluation) -> None:
    lines = text(evaluation).splitlines()
    assert lines[0] == "20 people, 60 pictures; 30 strangers, 30 pictures."
    assert "Enrolled from 1 picture, looked at in 1 picture: 20 enrolled, 2 rotations" in lines
    (row,) = (line for line in lines if line.startswith("  wanted 5 %") and "100.00 % [" in line)
    assert row.split() == [
        *["wanted", "5", "%", "0.00", "%", "[0.0", "to", "11.4]", "100.00", "%", "[83.9", "to", "100.0]"],
        *["0.00", "%", "0.00", "%", "0.00", "%"],
    ]
    assert "  fixed tolerance 0.6 0.00 % [0.0 to 11.4]     100.00 % [83.9 to 100.0]" in text(evaluation)


def test_what_cannot_be_measured_is_said(evaluation: Evaluation) -> None:
    said = text(evaluation)
    assert "30 strangers are too few to confirm 5 % or 1 %" in said
    assert "the strangers have fewer than 2 pictures each, so each person in turn is left out instead" in said
    assert "nobody has 2 pictures left to be named by" in said
    assert "Enrolled from 4 pictures, looked at in 1 picture: cannot be measured, nobody has 4 pictures" in said


def test_few_people_without_strangers() -> None:
    wanted = Wanted((Setting(1, 1),), RATES, rotations=5)
    said = text(evaluate(sitters(1, 1), [], flat_calibration(), wanted))
    assert "each person in turn is left out and is the stranger" in said
    assert "strangers cannot be measured" in said
    assert "nobody has 1 picture left" in said
    assert "Verification: needs at least four people" in said


def test_a_rate_out_of_reach_is_warned_of() -> None:
    wanted = Wanted((Setting(1, 1),), (1e-6,), rotations=1)
    assert "more than the calibration reaches" in text(evaluate(sitters(20, 2), [], flat_calibration(), wanted))


def test_records_are_json(evaluation: Evaluation) -> None:
    found = [json.loads(json.dumps(record, allow_nan=False)) for record in report.records(evaluation)]
    assert [(one["kind"], one.get("rule", one.get("score"))) for one in found] == [
        *[
            ("identification", rule)
            for _ in range(2)
            for rule in ("false_alarm_rate", "false_alarm_rate", "fixed_tolerance")
        ],
        ("verification", "normalised"),
        ("verification", "euclidean"),
    ]
    assert found[0]["strangers_named"] == {
        "share": 0, "hits": 0, "trials": 60, "people": 30, "interval": [0, pytest.approx(0.1135, abs=1e-4)],
    }  # fmt: skip
    assert found[3]["named_rightly"]["share"] is None


def test_the_plot_is_a_picture(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    plot.check_can_draw(path)
    plot.write_png(evaluation.identifications, path)
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)) > 10


def test_the_plot_is_text(evaluation: Evaluation) -> None:
    lines = plot.text_plot(evaluation.identifications).splitlines()
    drawn = "".join(line for line in lines if "|" in line)
    assert "a" in drawn  # and no A: with such people the fixed tolerance does as well, at the same place
    assert "0.22      1         4.64" in drawn
    assert max(map(len, lines)) <= 80
    assert "  a  Argus, 1 enrolled, 1 looked at, at the wanted rates" in lines


@pytest.mark.parametrize("name", ["missing/curve.png", "."])
def test_a_plot_that_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name a file in a folder that exists"):
        plot.check_can_draw(tmp_path / name)


@pytest.mark.parametrize("package", ["matplotlib", "plotille"])
def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=f"package {package}: install the extra `evaluation`"):
        plot.check_can_draw(tmp_path / "curve.png")
