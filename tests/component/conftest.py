"""The built component, whom it knows, and what its cameras see; made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.component.clips import GAP_SECONDS, busy_clip
from tests.component.deployed import Deployed, deploy
from tests.component.site import Site
from tests.rehearsed import enrol

Sited = Callable[..., Site]


@pytest.fixture(scope="session")
def deployed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The component, built and unzipped; what it needs is not in it."""
    return deploy(root, tmp_path_factory.mktemp("component"))


@pytest.fixture(scope="session")
def clip(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return busy_clip(tmp_path_factory.mktemp("clip") / "busy.mp4", portraits)


@pytest.fixture(scope="session")
def people(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with Barack Obama; not to be changed."""
    folder = tmp_path_factory.mktemp("enrolled") / "staff"
    enrol(folder, {"Barack Obama": [portraits / "obama.jpg"]})
    return folder


@pytest.fixture
def configuration(clip: Path, people: Path) -> dict[str, Any]:
    """One camera, which shows the clip over and over, and one collection."""
    return configured(clip, people)


def configured(clip: Path, people: Path, cameras: tuple[str, ...] = ("hall",)) -> dict[str, Any]:
    """The configuration of a device whose ``cameras`` all show the clip."""
    return {
        "cameras": {camera: {"source": str(clip), "loop": True, "min_face_px": 60} for camera in cameras},
        "collections": {"staff": {"place": str(people)}},
        "recognition": {"visit_gap_seconds": GAP_SECONDS},
        "records": {"days": 0},
        "status": {"interval_seconds": 5},
    }


@pytest.fixture
def site(tmp_path: Path, deployed: Deployed) -> Iterator[Sited]:
    """Makes the surroundings of a device with a configuration, and takes them away again."""
    with ExitStack() as opened:

        def make(configuration: dict[str, Any], environment: dict[str, str] | None = None) -> Site:
            made = opened.enter_context(Site(tmp_path / "site", deployed, configuration, environment))
            made.component.use_environment()
            return made

        yield make
