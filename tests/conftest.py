"""What tests of several parts share: where the checkout, the models and the pictures are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from argus.device.state import STATE_VARIABLE
from argus.vision.model_store import ModelStore
from models.portraits import fetch_portraits
from tests.aws import aws, bucket, moto_server

__all__ = ["aws", "bucket", "moto_server"]  # fixtures, which pytest looks for here

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ARGUS_DATA", ROOT.parent / "shared" / "data"))

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("argus", deadline=None)
settings.load_profile("argus")


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests leave the user's own records alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Pictures and clips that are not part of the project."""
    if not DATA.is_dir():
        pytest.skip("no data")
    return DATA


@pytest.fixture(scope="session")
def model_store() -> ModelStore:
    """The models that set-up made."""
    return ModelStore()


@pytest.fixture(scope="session")
def portraits() -> Path:
    """The folder with ``obama.jpg``, ``obama2.jpg``, ``biden.jpg`` and so on."""
    return fetch_portraits()
