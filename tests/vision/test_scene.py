"""Is anything moving, and is it still the same scene?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from argus.core.types import RgbImage
from argus.rehearsal.backdrop import draw_backdrop
from argus.vision.scene import Scene, SceneGate

STILL, MOVING, CUT = Scene(False, False), Scene(True, False), Scene(True, True)


def room(number: int = 1) -> RgbImage:
    return draw_backdrop(number, 640, 360)


def with_patch(rgb: RgbImage, left: int, side: int = 40, top: int = 100) -> RgbImage:
    """Something skin-coloured in the room."""
    changed: RgbImage = rgb.copy()
    changed[top : top + side, left : left + side] = (224, 172, 140)
    return changed


def noisy(rgb: RgbImage, seed: int, deviation: float = 8.0) -> RgbImage:
    noise = np.random.default_rng(seed).normal(0, deviation, rgb.shape)
    rounded: RgbImage = np.clip(rgb + noise, 0, 255).astype(np.uint8)
    return rounded


def observe(frames: Iterable[RgbImage]) -> list[Scene]:
    gate = SceneGate()
    return [gate.observe(frame) for frame in frames]


def test_the_first_frame_is_a_cut_and_equal_ones_are_still() -> None:
    assert observe([room()] * 3) == [CUT, STILL, STILL]


def test_noise_is_no_motion() -> None:
    assert observe(noisy(room(), seed) for seed in range(10)) == [CUT] + [STILL] * 9


def test_a_face_that_comes_goes_or_moves_is_motion() -> None:
    empty = room()
    frames = [empty, with_patch(empty, 100), with_patch(empty, 100), with_patch(empty, 115), empty, empty]
    assert observe(frames) == [CUT, MOVING, STILL, MOVING, MOVING, STILL]


def test_slow_motion_adds_up() -> None:
    """A pixel a frame: no two frames differ enough, and yet it is seen at least every second."""
    scenes = observe(with_patch(room(), 100 + step) for step in range(100))
    moved = [number for number, scene in enumerate(scenes) if scene.moving]
    assert len(moved) < 60
    assert max(later - earlier for earlier, later in zip(moved, [*moved[1:], 100], strict=True)) <= 25


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (3, 4), (4, 5)])
def test_another_room_is_a_cut(one: int, other: int) -> None:
    assert observe([room(one), room(one), room(other), room(other)]) == [CUT, STILL, CUT, STILL]


def test_a_panning_camera_is_motion_and_no_cut() -> None:
    wide = draw_backdrop(1, 1280, 360)
    scenes = observe(wide[:, left : left + 640] for left in range(0, 400, 20))
    assert scenes[0] == CUT
    assert not any(scene.cut for scene in scenes[1:])
    assert all(scene.moving for scene in scenes[1:])


def test_light_that_changes_slowly_is_no_cut() -> None:
    scenes = observe((room() * (1 - 0.02 * step)).astype(np.uint8) for step in range(20))
    assert not any(scene.cut for scene in scenes[1:])


def test_another_size_is_a_cut() -> None:
    assert observe([room(), room()[:240, :320]]) == [CUT, CUT]


@pytest.mark.parametrize("size", [(1, 1), (90, 160), (100, 99), (1080, 1920)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    rgb = np.zeros((*size, 3), dtype=np.uint8)
    assert observe([rgb, rgb]) == [CUT, STILL]
