"""Polygons over pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.zones import Area, Polygon

SHARES = st.floats(-0.2, 1.2, allow_nan=False)
CORNERS = st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=3)

LEFT_HALF: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def square(left: float, top: float, right: float, bottom: float) -> Polygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def star() -> Polygon:
    """Five points drawn in one line, which crosses itself around the middle."""
    angles = [2 * np.pi * step * 2 / 5 - np.pi / 2 for step in range(5)]
    return tuple((0.5 + 0.5 * float(np.cos(angle)), 0.5 + 0.5 * float(np.sin(angle))) for angle in angles)


def test_half_a_picture_is_half_of_its_pixels() -> None:
    pixels = Area((LEFT_HALF,)).pixels(10, 4)
    assert pixels.shape == (4, 10) and pixels[:, :5].all() and not pixels[:, 5:].any()


def test_the_whole_picture_is_all_of_its_pixels() -> None:
    assert Area((square(0, 0, 1, 1),)).pixels(641, 359).all()


@pytest.mark.parametrize("turned", [False, True])
def test_the_way_around_does_not_matter(turned: bool) -> None:
    polygon = LEFT_HALF[::-1] if turned else LEFT_HALF
    assert np.array_equal(Area((polygon,)).pixels(10, 4), Area((LEFT_HALF,)).pixels(10, 4))


def test_several_polygons_are_one_area() -> None:
    area = Area((square(0, 0, 0.25, 1), square(0.2, 0, 0.5, 1)))
    assert np.array_equal(area.pixels(100, 10), Area((LEFT_HALF,)).pixels(100, 10))


def test_a_line_that_crosses_itself_leaves_no_hole() -> None:
    assert Area((star(),)).holds((50.0, 50.0), 100, 100)


@given(CORNERS)
def test_a_triangle_holds_what_lies_on_the_same_side_of_its_three_lines(corners: list[tuple[float, float]]) -> None:
    width, height = 23, 17
    pixels = Area((tuple(corners),)).pixels(width, height)
    for row in range(height):
        for column in range(width):
            x, y = (column + 0.5) / width, (row + 0.5) / height
            sides = []
            for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
                sides.append((bx - ax) * (y - ay) - (by - ay) * (x - ax))
            # What lies on a line may belong to either side.
            if all(abs(side) > 1e-9 for side in sides):
                assert pixels[row, column] == (min(sides) > 0 or max(sides) < 0)


def test_a_point_outside_the_picture_is_judged_by_the_nearest_pixel() -> None:
    area = Area((LEFT_HALF,))
    assert area.holds((-5.0, 500.0), 100, 100) and not area.holds((120.0, -1.0), 100, 100)


def test_what_is_masked_is_black_and_the_rest_as_it_was() -> None:
    rgb = np.random.default_rng(1).integers(1, 256, (48, 64, 3), dtype=np.uint8)
    before = rgb.copy()
    area = Area((star(), square(0.9, 0.9, 1.5, 1.5)))
    masked, inside = area.blackened(rgb), area.pixels(64, 48)
    assert not masked[inside].any() and np.array_equal(masked[~inside], rgb[~inside])
    assert np.array_equal(rgb, before) and 0.2 < inside.mean() < 0.6


def test_an_empty_area_holds_nothing_and_hides_nothing() -> None:
    rgb = np.full((4, 4, 3), 9, dtype=np.uint8)
    assert not Area() and not Area().pixels(4, 4).any() and np.array_equal(Area().blackened(rgb), rgb)
    # A line has no inside.
    assert not Area((((0.1, 0.1), (0.9, 0.9), (0.1, 0.1)),)).pixels(64, 48).any()
