"""The committed table of genuine scores is what ``lfw-dev`` gives."""

from __future__ import annotations

import json

import pytest

from argus.evaluation.pictures import Album
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import ModelStore
from models.genuine import genuine_document
from tests.core.measures import MODELS


def test_the_table_is_made_anew_the_same(lfw_vectors: tuple[Album, Album]) -> None:
    people, _ = lfw_vectors
    committed = json.loads((MODELS / "genuine.json").read_bytes())
    measured = genuine_document(people.sitters, load_calibration(ModelStore()), committed["measured_on"])
    tables = measured.pop("tables")
    assert isinstance(tables, list)
    for table, expected in zip(tables, committed.pop("tables"), strict=True):
        assert table.pop("share") == pytest.approx(expected.pop("share"), abs=0.002)
        assert table == expected
    assert measured == committed
