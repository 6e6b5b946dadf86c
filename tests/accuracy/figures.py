"""What recognition achieves on ``lfw-dev``, as figures to compare with those that are committed.

``python -m tests.accuracy.figures`` writes ``tests/accuracy/baseline.json`` anew; the difference then shows
what changed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from argus.enrolment.compose import photo_analyser
from argus.evaluation.identification import Setting
from argus.evaluation.measuring import Evaluation, Wanted, evaluate
from argus.evaluation.pictures import Album, pictures_of_people, pictures_of_strangers, read_album
from argus.evaluation.report import records
from argus.vision.analyser import FaceAnalyser
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import ModelStore

BASELINE = Path(__file__).with_name("baseline.json")

TOLERANCE = 0.005
"""In shares. The last digits of a vector differ between processors, and a probe beside its threshold may cross it."""

WANTED = Wanted((Setting(1, 1), Setting(4, 1), Setting(1, 4), Setting(2, 2)), (0.01, 0.001), rotations=5)


def read_lfw(data: Path, analyser: FaceAnalyser) -> tuple[Album, Album]:
    """The people and the strangers of ``lfw-dev``; some 55 s on one core."""
    seen: set[str] = set()
    people, strangers = (
        read_album(photos, analyser, workers=os.cpu_count() or 1, seen=seen)
        for photos in (
            pictures_of_people(data / "lfw-dev" / "people"),
            pictures_of_strangers(data / "lfw-dev" / "strangers"),
        )
    )
    return people, strangers


def measure(people: Album, strangers: Album) -> Evaluation:
    """Verification over all pairs, and identification in every setting."""
    return evaluate(people.sitters, strangers.sitters, load_calibration(ModelStore()), WANTED)


def figures(evaluation: Evaluation) -> dict[str, float]:
    """All shares, by what they are the share of."""
    found: dict[str, float] = {}
    for record in records(evaluation):
        if record["kind"] == "verification":
            found[f"verification, {record['score']}: accuracy"] = _rounded(record["accuracy"])
            continue
        rule = record.get("wanted", "fixed tolerance")
        name = f"{record['enrolled_pictures']} enrolled, {record['probe_pictures']} looked at, {rule}"
        for share in ("strangers_named", "named_rightly", "named_wrongly"):
            found[f"{name}: {share}"] = _rounded(_share(record[share]))
    return found


def _share(record: Any) -> float:
    return float(record["share"])


def _rounded(value: Any) -> float:
    return round(float(value), 5)


def main(data: Path) -> None:
    document = {
        "what": "Shares on lfw-dev: 80 people with 5 pictures, 300 strangers, pooled over 5 rotations.",
        "how": "python -m tests.accuracy.figures",
        "tolerance": TOLERANCE,
        "figures": figures(measure(*read_lfw(data, photo_analyser()))),
    }
    BASELINE.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"{BASELINE} is written")


if __name__ == "__main__":
    from tests.conftest import DATA

    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
