"""What tests of several parts share: where the checkout, the models and the pictures are."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from argus.device.state import STATE_VARIABLE
from argus.vision.model_store import ModelStore
from models.portraits import fetch_portraits
from tests.aws import aws, bucket, moto_server

__all__ = ["aws", "bucket", "moto_server"]  # fixtures, which pytest looks for here

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("ARGUS_DATA", ROOT.parent / "shared" / "data"))

LONG = ("accuracy", "end_to_end", "component", "faults", "cloud", "local", "packaging")
"""Folders whose tests take long: workers that begin with them end at about the same time."""

TOGETHER = ("accuracy",)
"""Folders of which one worker takes all: what they make once a session takes longer than their tests."""

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("argus", deadline=None)
settings.load_profile("argus")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take long come first."""
    folders = {item: item.path.relative_to(ROOT / "tests").parts[0] for item in items}
    items.sort(key=lambda item: LONG.index(folders[item]) if folders[item] in LONG else len(LONG))


class FileByFile(LoadScopeScheduling):  # type: ignore[misc] # it comes without types
    """Hands tests to workers; those of one file stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.split("/")[1]
        return folder if folder in TOGETHER else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FileByFile:
    return FileByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Workers send reports as UTF-8, and names of files that tests log need not be."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


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
