"""One cloud for the tests of a file, and what its cameras see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from argus.device.adapters.video_writer import VideoWriter
from tests.component.clips import busy_frames
from tests.end_to_end.cloud import Cloud, cloud


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud that tells of every event that alerts."""
    with cloud(tmp_path_factory.mktemp("cloud"), {"AlertCoolDownSeconds": "0"}) as made:
        yield made
        print(made.log[-4000:])


@pytest.fixture(scope="session")
def clip(portraits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Obama and Biden come and go, each twice in 4.8 s: half as fast as for the component."""
    path = tmp_path_factory.mktemp("clip") / "calm.mp4"
    with VideoWriter(path, fps=25.0) as video:
        for rgb in busy_frames(portraits):
            video.write(rgb)
    return path
