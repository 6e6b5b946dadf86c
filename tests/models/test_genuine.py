"""How ``models/genuine.json`` is counted."""

from __future__ import annotations

import pytest

from argus.core.errors import ArgusError
from argus.core.genuine import GenuineScores
from models.genuine import genuine_document, main
from tests.core.measures import MODELS, flat_calibration
from tests.evaluation.sitters import sitter


def test_people_count_alike() -> None:
    """One with 5 pictures that are alike and one with 6 that are not: half of the shares is each one's."""
    document = genuine_document([sitter("a", 0, 5, spread=0.05), sitter("b", 1, 6, spread=1)], flat_calibration(), "-")
    assert isinstance(document["tables"], list) and isinstance(document["score"], list)
    first = document["tables"][0]
    assert (first["enrolled_pictures"], first["probe_pictures"], first["people"]) == (1, 1, 2)
    assert first["comparisons"] == 5 * 4 + 6 * 5
    assert first["share"][document["score"].index(0)] == 0.5
    assert [(table["enrolled_pictures"], table["probe_pictures"]) for table in document["tables"]] == [
        (1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (3, 1), (4, 1),
    ]  # fmt: skip
    assert document["tables"][2]["comparisons"] == 5 + 6 * 5


def test_five_pictures_are_needed() -> None:
    with pytest.raises(ArgusError, match="at least five"):
        genuine_document([sitter("a", 0, 4)], flat_calibration(), "-")


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    before = (MODELS / "genuine.json").read_bytes()
    assert main(["missing", "--measured-on", "nothing"]) == 1
    assert "argus: missing is not a folder" in capsys.readouterr().err
    assert (MODELS / "genuine.json").read_bytes() == before
    GenuineScores.parse(before)
