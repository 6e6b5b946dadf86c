"""What is made once for many runs: the built component, whom it knows, and what its cameras see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.component.clips import GAP_SECONDS, busy_clip
from tests.component.deployed import Deployed, deploy
from tests.rehearsed import enrol


@dataclass(frozen=True)
class Stage:
    """Nothing of it is to be changed.

    Attributes:
        deployed: the component, built and unzipped, without what it needs.
        clip: people who come and go; see :mod:`tests.component.clips`.
        people: a collection with one of them, Barack Obama.
    """

    deployed: Deployed
    clip: Path
    people: Path

    def configuration(self, *cameras: str) -> dict[str, Any]:
        """Of a device whose ``cameras`` all show the clip, over and over."""
        return {
            "cameras": {camera: {"source": str(self.clip), "loop": True, "min_face_px": 60} for camera in cameras},
            "collections": {"staff": {"place": str(self.people)}},
            "recognition": {"visit_gap_seconds": GAP_SECONDS},
            "records": {"days": 0},
            "status": {"interval_seconds": 5},
        }


def make_stage(root: Path, portraits: Path, folder: Path) -> Stage:
    """Makes it of the checkout ``root`` and of the demonstration's portraits, in a folder that exists."""
    people = folder / "enrolled" / "staff"
    enrol(people, {"Barack Obama": [portraits / "obama.jpg"]})
    return Stage(deploy(root, folder / "built"), busy_clip(folder / "busy.mp4", portraits), people)
