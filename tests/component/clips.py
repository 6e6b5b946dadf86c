"""What the cameras of these tests see: people who come and go quickly, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from argus.core.types import RgbImage
from argus.device.adapters.video_writer import VideoWriter
from argus.rehearsal.render import render
from argus.rehearsal.scenario import Actor, Portrait, Pose, Scenario, Shot
from argus.rehearsal.walks import CALM, walk
from tests.rehearsed import portrait

SPEED = 2.0
"""The clip is played so much faster than it was rendered."""

GAP_SECONDS = 0.1
"""The visits' gap that goes with it: whoever is away for as long comes anew."""


def busy_clip(path: Path, portraits: Path) -> Path:
    """Obama, Biden, Obama, Biden, each for 0.4 seconds with 0.2 between them: four visits, eight events in 2.4 s."""
    with VideoWriter(path, fps=25.0 * SPEED) as video:
        for rgb in busy_frames(portraits):
            video.write(rgb)
    return path


def busy_frames(portraits: Path) -> Iterator[RgbImage]:
    """The pictures of :func:`busy_clip`."""
    people = [portrait(portraits / "obama2.jpg", "obama"), portrait(portraits / "biden.jpg", "biden")]
    for rendered in render(busy_scenario(people * 2)):
        yield rendered.frame.rgb


def busy_scenario(people: Sequence[Portrait]) -> Scenario:
    """One after the other."""
    shots = []
    for number, one in enumerate(people):
        path = walk(Pose(130, 80, 70), Pose(190, 85, 72), seconds=0.8, seed=number, lively=CALM)
        shots += [Shot(0.8, (Actor(one, path),), backdrop=4 + number), Shot(0.4, backdrop=4 + number)]
    return Scenario(tuple(shots), seed=1, width=320, height=180)
