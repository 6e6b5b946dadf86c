"""A collection with one man, and a clip of him and of another, for the commands that look at them."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.cli.main import main
from argus.device.adapters.video_writer import VideoWriter
from argus.rehearsal.render import render
from argus.rehearsal.scenarios import cut_scenario
from tests.rehearsed import enrol, portrait


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    """Barack Obama from one portrait."""
    folder = tmp_path_factory.mktemp("enrolled") / "people"
    enrol(folder, {"Barack Obama": [portraits / "obama.jpg"]})
    return folder


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    """Him for 3 seconds, from a portrait that was not enrolled; then a stranger for 3; 150 frames."""
    path = tmp_path_factory.mktemp("clip") / "visitors.mp4"
    scenario = cut_scenario(portrait(portraits / "obama2.jpg", "obama"), portrait(portraits / "biden.jpg", "biden"))
    with VideoWriter(path, fps=scenario.fps) as video:
        for rendered in render(scenario):
            video.write(rendered.frame.rgb)
    return path


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory, collection: Path, clip: Path) -> Path:
    """The state folder after the clip was watched: a match and a stranger. Not to be changed."""
    state = tmp_path_factory.mktemp("watched")
    arguments = ["watch", "--collection", str(collection), "--source", str(clip), "--fast", "--state", str(state)]
    assert main(arguments) == 0
    return state
