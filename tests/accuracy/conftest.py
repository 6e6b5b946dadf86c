"""What the tests of accuracy share."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.evaluation.pictures import Album
from tests.accuracy.figures import read_lfw


@pytest.fixture(scope="session")
def lfw_vectors(data_dir: Path) -> tuple[Album, Album]:
    """Vectors of the people and of the strangers of ``lfw-dev``, made once a session."""
    return read_lfw(data_dir)
