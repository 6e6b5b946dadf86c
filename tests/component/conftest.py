"""A device with everything around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.component.site import Site
from tests.component.stage import Stage, make_stage

Sited = Callable[..., Site]


@pytest.fixture(scope="session")
def stage(root: Path, portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return make_stage(root, portraits, tmp_path_factory.mktemp("component"))


@pytest.fixture
def configuration(stage: Stage) -> dict[str, Any]:
    """One camera."""
    return stage.configuration("hall")


@pytest.fixture
def two_cameras(stage: Stage) -> dict[str, Any]:
    return stage.configuration("hall", "door")


@pytest.fixture
def site(tmp_path: Path, stage: Stage) -> Iterator[Sited]:
    """Makes the surroundings of a device with a configuration, and takes them away again."""
    with ExitStack() as opened:

        def make(configuration: dict[str, Any], environment: dict[str, str] | None = None) -> Site:
            made = opened.enter_context(Site(tmp_path / "site", stage.deployed, configuration, environment))
            made.component.use_environment()
            return made

        yield make
