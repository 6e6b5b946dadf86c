"""``python -m models.genuine PEOPLE``: makes ``models/genuine.json`` anew out of pictures of people.

For every person, every choice of pictures for the enrolled side is compared with every choice of others for the probe.
Each person counts alike, however many pictures there are. Recognition's own code finds and embeds the faces.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from argus.core.calibration import Calibration
from argus.core.errors import ArgusError
from argus.core.matching import normalised_distance
from argus.core.types import Template
from argus.enrolment.compose import photo_analyser
from argus.evaluation.identification import Sitter
from argus.evaluation.pictures import pictures_of_people, read_album
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import GENUINE, ModelStore
from models.manifest import MANIFEST_PATH

_SETTINGS = ((1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (3, 1), (4, 1))
"""Pictures enrolled and in the probe: what five pictures a person are enough for."""

_SCORES = np.arange(-120, 61) / 200
"""From -0.6 to 0.3; all thresholds lie between."""

_WHAT = (
    "Share of genuine comparisons (two means of pictures of one person) that score at most s, "
    "s = d - 0.5*(p(probe) + p(enrolled)) as in calibration.json."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: written; 1: the pictures cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m models.genuine", description=__doc__)
    parser.add_argument("people", type=Path, help="a folder with one subfolder of at least five pictures a person")
    parser.add_argument("--measured-on", required=True, help="what these pictures are, for the file's header")
    options = parser.parse_args(arguments)
    try:
        album = read_album(
            pictures_of_people(options.people), photo_analyser(), workers=os.cpu_count() or 1, seen=set()
        )
        document = genuine_document(album.sitters, load_calibration(ModelStore()), options.measured_on)
    except ArgusError as error:
        print(f"argus: {error}", file=sys.stderr)
        return 1
    path = MANIFEST_PATH.with_name(GENUINE)
    path.write_text(json.dumps(document) + "\n", encoding="utf-8")
    print(f"{path}: write its size and sha256 into {MANIFEST_PATH.name}, then run `python -m models`")
    return 0


def genuine_document(sitters: Sequence[Sitter], calibration: Calibration, measured_on: str) -> dict[str, object]:
    """What the file holds.

    Raises:
        ArgusError: nobody has enough pictures.
    """
    tables = []
    for enrolled, probe in _SETTINGS:
        usable = [sitter.vectors for sitter in sitters if len(sitter.vectors) >= enrolled + probe]
        if not usable:
            raise ArgusError(f"nobody has {enrolled + probe} pictures: give people with at least five each")
        by_person = [np.array(list(_scores(vectors, enrolled, probe, calibration))) for vectors in usable]
        shares = np.mean([_shares(scores) for scores in by_person], axis=0)
        tables.append(
            {
                "enrolled_pictures": enrolled,
                "probe_pictures": probe,
                "people": len(usable),
                "comparisons": sum(map(len, by_person)),
                "share": np.round(shares, 5).tolist(),
            }
        )
    return {
        "what": _WHAT,
        "how": f"python -m models.genuine PEOPLE --measured-on {json.dumps(measured_on)}",
        "measured_on": measured_on,
        "score": _SCORES.tolist(),
        "tables": tables,
    }


def _scores(vectors: NDArray[np.float32], enrolled: int, probe: int, calibration: Calibration) -> Iterator[float]:
    every = range(len(vectors))
    for chosen in combinations(every, enrolled):
        template = Template.mean(vectors[list(chosen)])
        for others in combinations([index for index in every if index not in chosen], probe):
            yield normalised_distance(calibration, template, Template.mean(vectors[list(others)]))


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.searchsorted(np.sort(scores), _SCORES, side="right") / len(scores)


if __name__ == "__main__":
    sys.exit(main())
