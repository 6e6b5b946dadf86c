"""Boxes and names on a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.core.types import Box
from argus.device.annotate import Colour, Label, annotate

GREY = np.full((360, 640, 3), 128, dtype=np.uint8)


@pytest.mark.parametrize("colour", list(Colour))
def test_a_box_has_its_colour_and_leaves_the_face_alone(colour: Colour) -> None:
    box = Box(200, 100, 300, 200)
    drawn = annotate(GREY, [Label(box, "", colour)])
    assert tuple(drawn[150, 200]) == colour.value
    assert np.array_equal(drawn[110:190, 210:290], GREY[110:190, 210:290])
    assert (GREY == 128).all()


def test_a_name_stands_above_its_box_or_below_at_the_upper_edge() -> None:
    above = annotate(GREY, [Label(Box(200, 100, 300, 200), "Ann", Colour.MATCH)])
    assert (above[70:95, 200:300] != 128).any() and (above[210:260] == 128).all()
    below = annotate(GREY, [Label(Box(200, 2, 300, 102), "Ann", Colour.MATCH)])
    assert (below[106:130, 200:300] != 128).any()


def test_accents_that_the_font_lacks_are_left_out() -> None:
    box = Box(200, 100, 300, 200)
    drawn, plain = (annotate(GREY, [Label(box, name, Colour.MATCH)]) for name in ("Čeněk Größer", "Cenek Grosser"))
    assert np.array_equal(drawn, plain)


BOXES = st.builds(
    lambda left, top, side: Box(left, top, left + side, top + side),
    st.integers(-100, 700),
    st.integers(-100, 400),
    st.integers(1, 500),
)


@settings(max_examples=60, deadline=None)
@given(BOXES, st.text(max_size=80), st.sampled_from(Colour), st.sampled_from([(360, 640), (48, 64), (1, 1)]))
def test_anything_can_be_drawn(box: Box, text: str, colour: Colour, size: tuple[int, int]) -> None:
    rgb = np.zeros((*size, 3), dtype=np.uint8)
    drawn = annotate(rgb, [Label(box, text, colour)], status=text)
    assert drawn.shape == rgb.shape and drawn.dtype == np.uint8
