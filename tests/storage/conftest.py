"""The places that a collection may be in; a test that takes ``place`` runs in each."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty place for a collection, as the command line takes it."""
    if request.param == "folder":
        return str(tmp_path / "new" / "folder")
    return f"s3://{request.getfixturevalue('bucket')}/some/prefix"
