from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.types import Box, Frame, Moment, Person, Template
from tests.core.measures import NOON

sides = st.integers(1, 400)
places = st.integers(-500, 500)
boxes = st.builds(lambda x, y, width, height: Box(x, y, x + width, y + height), places, places, sides, sides)


def pixels(box: Box) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box.left, box.right) for y in range(box.top, box.bottom)}


small_boxes = st.builds(
    lambda x, y, width, height: Box(x, y, x + width, y + height),
    st.integers(-4, 8),
    st.integers(-4, 8),
    st.integers(1, 6),
    st.integers(1, 6),
)


@given(small_boxes, small_boxes)
def test_intersection_area_and_iou_count_pixels(one: Box, other: Box) -> None:
    shared, either = pixels(one) & pixels(other), pixels(one) | pixels(other)
    assert one.area == len(pixels(one)) == one.width * one.height
    assert one.intersection(other) == len(shared)
    assert one.iou(other) == len(shared) / len(either)


@given(small_boxes, st.integers(1, 8), st.integers(1, 8))
def test_clipping_keeps_the_pixels_inside_the_picture(box: Box, width: int, height: int) -> None:
    clipped = box.clipped(width, height)
    inside = pixels(box) & pixels(Box(0, 0, width, height))
    assert (pixels(clipped) if clipped else set()) == inside


@given(boxes, boxes)
def test_iou_is_symmetric_and_one_only_for_the_same_box(one: Box, other: Box) -> None:
    assert one.iou(other) == other.iou(one)
    assert one.iou(one) == 1
    assert (one.iou(other) == 1) == (one == other)


@given(boxes, st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_shifting_moves_and_keeps_the_size(box: Box, dx: int, dy: int) -> None:
    shifted = box.shifted(dx, dy)
    assert (shifted.width, shifted.height) == (box.width, box.height)
    assert shifted.shifted(-dx, -dy) == box
    assert shifted.centre == (box.centre[0] + dx, box.centre[1] + dy)


@given(boxes, st.floats(0.1, 4))
def test_growing_keeps_the_centre_to_a_pixel(box: Box, factor: float) -> None:
    grown = box.grown(factor)
    assert grown.centre == pytest.approx(box.centre, abs=0.5)
    assert box.width * factor <= grown.width + 1e-9 < box.width * factor + 2
    assert box.height * factor <= grown.height + 1e-9 < box.height * factor + 2


@given(boxes)
def test_growing_by_one_changes_nothing(box: Box) -> None:
    assert box.grown(1) == box


@pytest.mark.parametrize("ltrb", [(0, 0, 0, 1), (0, 0, 1, 0), (5, 0, 4, 1), (0, 5, 1, 4)])
def test_an_empty_box_is_refused(ltrb: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="empty box"):
        Box(*ltrb)


@pytest.mark.parametrize("when", [datetime(2024, 5, 1), datetime(2024, 5, 1, tzinfo=timezone(timedelta(hours=2)))])
def test_times_that_are_not_utc_are_refused(when: datetime) -> None:
    with pytest.raises(ValueError, match="aware UTC"):
        Moment(0, 0.0, when)


def test_a_negative_frame_number_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Moment(-1, 0.0, NOON)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 5), np.uint8), np.zeros((4, 5, 4), np.uint8), np.zeros((4, 5, 3), np.float32)],
    ids=["grey", "rgba", "float"],
)
def test_a_frame_is_rgb_of_bytes(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        Frame("door", 0, NOON, 0.0, picture)


def test_a_frame_knows_its_size_and_moment() -> None:
    frame = Frame("door", 7, NOON, 1.5, np.zeros((4, 5, 3), np.uint8))
    assert (frame.width, frame.height) == (5, 4)
    assert frame.moment == Moment(7, 1.5, NOON)


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (np.zeros(127, np.float32), "128"),
        (np.zeros(128, np.float64), "float64"),
        (np.full(128, np.nan, np.float32), "finite"),
        (np.full(128, np.inf, np.float32), "finite"),
    ],
)
def test_a_template_is_128_finite_floats(vector: np.ndarray[tuple[int], np.dtype[np.float32]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Template(vector, 1)


def test_a_template_of_no_pictures_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Template(np.zeros(128, np.float32), 0)
    with pytest.raises(ValueError, match="at least 1"):
        Template.mean(np.zeros((0, 128), np.float32))


def test_the_mean_template_is_the_mean() -> None:
    vectors = np.array([[1.0] * 128, [2.0] * 128, [6.0] * 128], np.float32)
    template = Template.mean(vectors)
    assert template.pictures == 3
    assert template.vector.tolist() == [3.0] * 128


@pytest.mark.parametrize(
    "person_id", ["", "  ", "a/b", "a\nb", "a\x7f", "x" * 129, "é" * 65, "\ud800"], ids=lambda text: ascii(text)[:20]
)
def test_ids_that_cannot_be_keys_are_refused(person_id: str) -> None:
    with pytest.raises(ValueError):
        Person(person_id, "Name")


@pytest.mark.parametrize(("name", "category"), [("", "staff"), ("x" * 257, "staff"), ("A", ""), ("A", "x" * 65)])
def test_names_and_categories_have_a_length(name: str, category: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        Person("a", name, category)


def test_names_may_be_of_any_script() -> None:
    assert Person("zoë", "Zoë 佐藤 😀").name == "Zoë 佐藤 😀"
