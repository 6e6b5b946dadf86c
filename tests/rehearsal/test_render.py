"""Rendered clips: the same for the same scenario, and true about who is where."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.core.types import Box, RgbImage
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.playback import Playback
from argus.rehearsal.render import RenderedFrame, RenderedSource, render
from argus.rehearsal.scenario import Actor, Keyframe, Portrait, Pose, Scenario, Shot
from argus.rehearsal.scenarios import (
    crossing_scenario,
    cut_scenario,
    demo_scenario,
    returning_scenario,
    still_scenario,
)
from argus.rehearsal.walks import walk

RED, BLUE = (220, 20, 20), (20, 20, 220)


def portrait(person: str, colour: tuple[int, int, int] = RED) -> Portrait:
    """A stand-in for a photograph: all of one colour, so that it can be found again in the frame."""
    return Portrait(person, np.full((300, 240, 3), colour, dtype=np.uint8), Box(70, 80, 170, 180))


def is_colour(rgb: RgbImage, box: Box, colour: tuple[int, int, int]) -> bool:
    inner = box.grown(0.5).clipped(rgb.shape[1], rgb.shape[0])
    if inner is None:
        return False
    seen = rgb[inner.top : inner.bottom, inner.left : inner.right].reshape(-1, 3).mean(axis=0)
    return bool(np.abs(seen - colour).max() < 40)


def people(rendered: RenderedFrame) -> list[str]:
    return [presence.person for presence in rendered.truth]


def small(*shots: Shot, seed: int = 0) -> Scenario:
    return Scenario(shots, seed=seed, width=160, height=90, fps=10)


def standing(who: Portrait, pose: Pose, seconds: float = 1.0) -> Actor:
    return Actor(who, (Keyframe(0, pose), Keyframe(seconds, pose)))


def test_the_same_scenario_gives_the_same_pixels() -> None:
    path = walk(Pose(20, 45, 30), Pose(140, 45, 40), seconds=1.0, seed=5)
    scenario = small(Shot(1.0, (Actor(portrait("ann"), path),)), seed=7)
    for one, other in zip(render(scenario), render(scenario), strict=True):
        assert np.array_equal(one.frame.rgb, other.frame.rgb)
        assert (one.truth, one.frame.captured_at) == (other.truth, other.frame.captured_at)


def test_another_seed_gives_other_noise() -> None:
    one, other = (next(render(small(Shot(1.0), seed=seed))).frame.rgb for seed in (1, 2))
    assert not np.array_equal(one, other)


def test_numbers_and_times_run_through_all_shots() -> None:
    scenario = small(Shot(0.5), Shot(0.3, backdrop=1))
    rendered = list(render(scenario))
    assert scenario.frame_count == len(rendered) == 8
    assert [one.frame.sequence for one in rendered] == list(range(8))
    assert [one.frame.at_seconds for one in rendered] == pytest.approx([i / 10 for i in range(8)])
    assert [one.shot for one in rendered] == [0] * 5 + [1] * 3


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(-60, 220), y=st.floats(-40, 130), face_px=st.floats(12, 60), rotation=st.floats(-20, 20),
    defocus=st.floats(0, 2),
)  # fmt: skip
def test_the_face_is_where_the_truth_says(x: float, y: float, face_px: float, rotation: float, defocus: float) -> None:
    pose = Pose(x, y, face_px, rotation, defocus)
    [rendered] = render(small(Shot(0.1, (standing(portrait("ann"), pose),), noise=0)))
    box = Box(round(x - face_px / 2), round(y - face_px / 2), round(x + face_px / 2), round(y + face_px / 2))
    if not rendered.truth:
        assert box.grown(0.9).clipped(160, 90) is None
        return
    [presence] = rendered.truth
    assert presence.box.iou(box) > 0.8
    assert 0 < presence.visible <= 1
    inside = presence.box.clipped(160, 90)
    assert inside is not None and presence.visible == pytest.approx(inside.area / presence.box.area, abs=1e-4)
    if presence.visible == 1.0:
        assert is_colour(rendered.frame.rgb, presence.box, RED)


def test_who_stands_behind_is_hidden() -> None:
    pose = Pose(80, 45, 30)
    behind, front = standing(portrait("ann", RED), pose), standing(portrait("bob", BLUE), pose)
    [rendered] = render(small(Shot(0.1, (behind, front))))
    [bob] = [presence for presence in rendered.truth if not presence.hidden]
    assert bob.person == "bob" and is_colour(rendered.frame.rgb, bob.box, BLUE)


def test_light_follows_pose_and_shot() -> None:
    pose = Pose(80, 45, 40, light=0.5)
    frames = list(render(small(Shot(0.2, (standing(portrait("ann"), pose),), noise=0, light_from=1.0, light_to=0.5))))
    first, last = (one.frame.rgb[45, 80].astype(float) for one in frames)
    assert first == pytest.approx([110, 10, 10], abs=3)
    assert last == pytest.approx(first / 2, abs=3)


def test_an_actor_is_there_from_first_to_last_keyframe() -> None:
    path = (Keyframe(0.2, Pose(80, 45, 30)), Keyframe(0.5, Pose(90, 45, 30)))
    seen = [people(one) for one in render(small(Shot(1.0, (Actor(portrait("ann"), path),))))]
    assert seen == [[]] * 2 + [["ann"]] * 4 + [[]] * 4


@pytest.mark.parametrize("times", [(), (0.0, 0.0), (1.0, 0.5)])
def test_a_path_needs_increasing_times(times: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="increasing"):
        Actor(portrait("ann"), tuple(Keyframe(at, Pose(0, 0, 10)) for at in times))


@given(st.integers(0, 1000), st.floats(0.5, 20), st.floats(0, 10))
def test_a_walk_keeps_its_time_and_stays_near_its_way(seed: int, seconds: float, begin: float) -> None:
    keys = walk(Pose(0, 100, 80), Pose(600, 100, 120), seconds=seconds, begin_seconds=begin, seed=seed)
    assert keys[0].at_seconds == begin and keys[-1].at_seconds == pytest.approx(begin + seconds)
    assert all(one.at_seconds < other.at_seconds for one, other in itertools.pairwise(keys))
    for key in keys:
        assert -10 <= key.pose.x <= 610 and abs(key.pose.y - 100) < 12
        assert 70 < key.pose.face_px < 132 and abs(key.pose.rotation_degrees) <= 7
        assert 0 <= key.pose.defocus_px <= 1.2 and 0.8 < key.pose.light < 1.2


def test_still_frames_are_equal_in_every_bit() -> None:
    frames = [one.frame.rgb for one in render(still_scenario(portrait("ann"), seconds=0.4))]
    assert len(frames) == 10 and all(np.array_equal(frames[0], frame) for frame in frames)


def test_still_frames_with_noise_differ_by_noise_alone() -> None:
    frames = [one.frame.rgb.astype(int) for one in render(still_scenario(portrait("ann"), noise=2.0, seconds=0.4))]
    difference = frames[0] - frames[5]
    assert 2.0 < difference.std() < 3.5 and abs(difference.mean()) < 0.1


def test_crossing_people_come_from_both_sides_and_one_is_hidden_for_a_while() -> None:
    rendered = list(render(crossing_scenario(portrait("ann"), portrait("bob", BLUE))))
    centres = {
        who: [one.box.centre[0] for frame in rendered for one in frame.truth if one.person == who]
        for who in ("ann", "bob")
    }
    assert centres["ann"][0] < 100 and centres["ann"][-1] > 540
    assert centres["bob"][0] > 540 and centres["bob"][-1] < 100
    both = [frame for frame in rendered if len(frame.truth) == 2]
    hidden = [one.person for frame in both for one in frame.truth if one.hidden and 100 < one.box.centre[0] < 540]
    assert set(hidden) == {"ann"} and 3 < len(hidden) < 40


def test_somebody_returns_after_the_times_asked_for() -> None:
    rendered = list(render(returning_scenario(portrait("ann"), away_seconds=(1.0, 2.0), stay_seconds=0.5)))
    spells = [(there, len(list(spell))) for there, spell in itertools.groupby(bool(one.truth) for one in rendered)]
    assert [there for there, _ in spells] == [True, False, True, False, True, False]
    assert [length for _, length in spells] == pytest.approx([13, 25, 13, 50, 13, 12], abs=1)


def test_a_cut_changes_person_and_room() -> None:
    rendered = list(render(cut_scenario(portrait("ann"), portrait("bob", BLUE))))
    cut = next(index for index, one in enumerate(rendered) if one.shot == 1)
    before, after = rendered[cut - 1], rendered[cut]
    assert (people(before), people(after)) == (["ann"], ["bob"])
    assert before.truth[0].box.iou(after.truth[0].box) > 0.5
    assert np.abs(before.frame.rgb.astype(int) - after.frame.rgb).mean() > 15


def test_the_demo_shows_the_enrolled_person_before_and_after_the_stranger_at_sizes_that_can_be_recognised() -> None:
    scenario = demo_scenario([portrait("ann"), portrait("ann")], [portrait("bob", BLUE)])
    assert 20 <= scenario.frame_count / scenario.fps <= 25
    rendered = list(render(scenario))
    order = [who for who, _ in itertools.groupby(person for one in rendered for person in people(one))]
    assert order == ["ann", "bob", "ann"]
    sizes = [presence.box.width for one in rendered for presence in one.truth if not presence.hidden]
    assert min(sizes) >= 60 and max(sizes) <= 165


def test_a_rendered_source_plays_and_closes() -> None:
    source = Playback(RenderedSource(small(Shot(1.0))), loop=True, fast=True, clock=SystemClock())
    frames = list(itertools.islice(source.frames(), 25))
    assert [frame.sequence for frame in frames] == list(range(25))
    assert [frame.at_seconds for frame in frames] == pytest.approx([i / 10 for i in range(25)])
    source.close()
    assert list(source.frames()) == []
