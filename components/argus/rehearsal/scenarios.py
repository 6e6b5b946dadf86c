"""Ready clips: the demonstration, and the ones that tests measure exact visits by."""

from __future__ import annotations

from collections.abc import Sequence

from argus.rehearsal.scenario import Actor, Keyframe, Portrait, Pose, Scenario, Shot
from argus.rehearsal.walks import CALM, walk


def demo_scenario(enrolled: Sequence[Portrait], strangers: Sequence[Portrait], *, seed: int = 1) -> Scenario:
    """An enrolled person walks in, 4 seconds a portrait; an empty room for 1; then the stranger, 6 seconds a portrait;
    then the enrolled person comes back.

    Args:
        enrolled: portraits of one enrolled person, other than the enrolled ones.
        strangers: portraits of one person who is not enrolled.
        seed: varies the walks and the noise.
    """
    shots = []
    for number, portrait in enumerate(enrolled):
        path = walk(Pose(-90, 170, 84), Pose(470, 185, 150), seconds=4.0, seed=seed + number)
        actors = (Actor(portrait, path),)
        shots.append(Shot(4.0, actors, number, noise=2.5 + number, light_from=1.0 - 0.1 * number, light_to=0.85))
    shots.append(Shot(1.0, backdrop=10))
    for number, portrait in enumerate(strangers):
        path = walk(Pose(740, 190, 140), Pose(150, 165, 90), seconds=6.0, seed=seed + 100 + number)
        shots.append(Shot(6.0, (Actor(portrait, path),), 10 + number, light_from=0.85, light_to=1.1))
    for number, portrait in enumerate(enrolled):
        path = walk(Pose(-90, 175, 110), Pose(470, 180, 130), seconds=4.0, seed=seed + 200 + number)
        shots.append(Shot(4.0, (Actor(portrait, path),), backdrop=20 + number))
    return Scenario(tuple(shots), seed=seed)


def crossing_scenario(behind: Portrait, front: Portrait, *, seed: int = 2) -> Scenario:
    """Two people walk past each other for 7 seconds, so that one hides the other for a moment.

    ``behind`` goes from left to right, ``front`` from right to left.
    """
    rightwards = walk(Pose(-80, 165, 96), Pose(720, 165, 96), seconds=7.0, seed=seed, lively=CALM)
    leftwards = walk(Pose(720, 185, 120), Pose(-90, 185, 120), seconds=7.0, seed=seed + 1, lively=CALM)
    return Scenario((Shot(7.0, (Actor(behind, rightwards), Actor(front, leftwards))),), seed=seed)


def returning_scenario(
    portrait: Portrait, *, away_seconds: Sequence[float] = (4.0, 20.0), stay_seconds: float = 3.0, seed: int = 3
) -> Scenario:
    """Somebody is there, away, and back after each of ``away_seconds``, in one shot of one room."""
    actors, now = [], 0.0
    for number, pause in enumerate((*away_seconds, 0.5)):
        start, end = Pose(260, 170, 110), Pose(380, 170, 110)
        path = walk(start, end, seconds=stay_seconds, begin_seconds=now, seed=seed + number, lively=CALM)
        actors.append(Actor(portrait, path))
        now += stay_seconds + pause
    return Scenario((Shot(now, tuple(actors), backdrop=2),), seed=seed)


def still_scenario(portrait: Portrait, *, noise: float = 0.0, seconds: float = 6.0) -> Scenario:
    """Somebody stands still: without ``noise`` all frames are equal in every bit."""
    standing = Actor(portrait, (Keyframe(0.0, Pose(320, 170, 110)),))
    return Scenario((Shot(seconds, (standing,), backdrop=3, noise=noise, still=True),))


def cut_scenario(first: Portrait, second: Portrait, *, seed: int = 4) -> Scenario:
    """A cut after 3 seconds, from one person to another who stands in the very same place."""
    shots = []
    places = (Pose(300, 170, 110), Pose(340, 170, 116), Pose(300, 170, 110))
    for number, portrait in enumerate((first, second)):
        path = walk(places[number], places[number + 1], seconds=3.0, seed=seed + number, lively=CALM)
        shots.append(Shot(3.0, (Actor(portrait, path),), backdrop=4 + number))
    return Scenario(tuple(shots), seed=seed)
