"""Where is looked, and when: a scanner that finds planted faces, and writes down what it was asked."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.tracking import Track
from argus.core.types import Box, Detection, RgbImage
from argus.device.search import WINDOW_PX, FaceSearch, distinct
from tests.core.measures import moment

WIDTH, HEIGHT = 640, 360
STEP = 6 / 5


def picture(*faces: Box) -> RgbImage:
    """Black, with the faces as areas of one level each, so that a part of the picture shows what is in it."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for number, face in enumerate(faces, 1):
        rgb[face.top : face.bottom, face.left : face.right] = number
    return rgb


@dataclass
class PlantedScanner:
    """Finds an area that is wholly inside the picture where one of the scales fits its size."""

    asked: list[tuple[tuple[int, int], list[float]]] = field(default_factory=list)

    def scan(self, rgb: RgbImage, scales: Sequence[float]) -> list[Detection]:
        self.asked.append(((rgb.shape[1], rgb.shape[0]), sorted(scales, reverse=True)))
        found = []
        for level in range(1, int(rgb.max(initial=0)) + 1):
            rows, columns = np.nonzero(rgb[:, :, 0] == level)
            if len(rows):
                box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
                if any(fits(scale, box.width) for scale in scales):
                    found.append(Detection(box, 1.0 - level / 100))
        return found


def fits(scale: float, face_px: float) -> bool:
    return bool(STEP**-0.51 <= scale * face_px / WINDOW_PX <= STEP**0.51)


def track(box: Box, track_id: int = 1, *, missed: bool = False) -> Track:
    return Track(track_id, box, moment(0.0), moment(0.0), hits=3, missed=missed)


def times(scanner: PlantedScanner, search: FaceSearch, tracks: Sequence[Track], until: float, fps: float) -> list[str]:
    """What was looked at in each frame: ``whole``, ``fine``, ``part`` or ``-``."""
    told = []
    for frame in range(round(until * fps)):
        scanner.asked.clear()
        search.look(picture(*(one.box for one in tracks)), frame / fps, tracks, everywhere=frame == 0)
        sizes = {size for size, _ in scanner.asked}
        whole = [scales for size, scales in scanner.asked if size == (WIDTH, HEIGHT)]
        told.append("-" if not sizes else "part" if not whole else "fine" if whole[0][-1] > 1 else "whole")
    return told


def test_a_cut_is_searched_everywhere_for_faces_of_80_px_up_to_the_picture() -> None:
    large, small = Box(100, 5, 450, 355), Box(0, 0, 50, 50)
    scanner = PlantedScanner()
    findings = FaceSearch(scanner).look(picture(large, small), 0.0, [], everywhere=True)
    assert findings is not None
    assert [found.box for found in findings.detections] == [large]
    [(size, scales)] = scanner.asked
    assert size == (WIDTH, HEIGHT) and scales[0] == 1.0
    assert [one / other for one, other in itertools.pairwise(scales)] == pytest.approx([STEP] * (len(scales) - 1))


def test_the_rhythm_of_an_empty_picture() -> None:
    scanner = PlantedScanner()
    told = times(scanner, FaceSearch(scanner), [], 2.0, fps=25)
    # Soon after the cut once more, then every 13th frame; a finer level between two of them.
    assert [n for n, what in enumerate(told) if what == "whole"] == [0, 5, 18, 31, 44]
    assert [n for n, what in enumerate(told) if what == "fine"] == [7, 20, 33, 46]
    assert "part" not in told


def test_the_finer_levels_take_turns() -> None:
    scanner = PlantedScanner()
    search = FaceSearch(scanner, min_face_px=40)
    for frame in range(100):
        search.look(picture(), frame / 25, [], everywhere=frame == 0)
    fine = [scales for _, scales in scanner.asked if scales[-1] > 1]
    assert [scales[0] for scales in fine[:5]] == pytest.approx([1.2, 1.2**2, 1.2**3, 1.2**4, 1.2])
    assert all(len(scales) == 1 for scales in fine)


def test_every_kind_of_search_gets_its_frames_of_a_slow_camera() -> None:
    scanner = PlantedScanner()
    told = times(scanner, FaceSearch(scanner), [track(Box(300, 100, 400, 200))], 6.0, fps=5)
    assert min(told.count(kind) for kind in ("whole", "fine", "part")) >= 5


@given(min_face_px=st.integers(20, 360), share=st.floats(0, 1))
def test_no_size_is_left_out(min_face_px: int, share: float) -> None:
    scanner = PlantedScanner()
    search = FaceSearch(scanner, min_face_px)
    for frame in range(250):
        search.look(picture(), frame / 25, [], everywhere=frame == 0)
    levels = {scale for _, scales in scanner.asked for scale in scales}
    face_px = min_face_px + share * (HEIGHT - min_face_px)
    assert any(fits(scale, face_px) for scale in levels), sorted(levels)
    # And nothing is spent on what is not worth finding.
    assert max(levels) <= WINDOW_PX / min_face_px * STEP**0.51


def test_around_a_track_its_size_and_its_neighbours_are_looked_for() -> None:
    face = Box(300, 100, 400, 200)
    scanner = PlantedScanner()
    search = FaceSearch(scanner)
    search.look(picture(face), 0.0, [track(face)], everywhere=True)
    scanner.asked.clear()
    assert search.look(picture(face), 0.12, [track(face)]) is None
    findings = search.look(picture(face), 0.16, [track(face)])
    assert findings is not None
    assert [found.box for found in findings.detections] == [face]
    assert findings.looked_for == frozenset({1})
    [(size, scales)] = scanner.asked
    assert size == (200, 200) and scales == pytest.approx([0.8 * STEP, 0.8, 0.8 / STEP])


def test_a_track_is_looked_for_where_it_moves_to() -> None:
    here, there = Box(100, 100, 200, 200), Box(260, 100, 360, 200)
    search = FaceSearch(PlantedScanner())
    moving = Track(1, here, moment(0.0), moment(0.0), velocity=(1000.0, 0.0))
    search.look(picture(here), 0.0, [moving], everywhere=True)
    findings = search.look(picture(there), 0.16, [moving])
    assert findings is not None and [found.box for found in findings.detections] == [there]


def test_at_its_first_miss_a_track_is_looked_for_everywhere_at_once() -> None:
    here, there = Box(20, 20, 120, 120), Box(500, 200, 600, 300)
    scanner = PlantedScanner()
    search = FaceSearch(scanner, min_face_px=80)
    search.look(picture(here), 0.0, [track(here)], everywhere=True)
    findings = search.look(picture(there), 0.16, [track(here)])
    assert findings is not None
    assert ([found.box for found in findings.detections], findings.looked_for) == ([there], None)
    # Once is enough: from then on around the place again.
    scanner.asked.clear()
    again = search.look(picture(), 0.32, [track(here, missed=True)])
    assert again is not None and (again.detections, again.looked_for) == ((), frozenset({1}))
    assert [size for size, _ in scanner.asked] == [(200 - 30, 200 - 30)]


def test_at_its_first_miss_a_small_track_is_looked_for_at_its_own_size() -> None:
    here, there = Box(20, 20, 70, 70), Box(500, 200, 550, 250)
    search = FaceSearch(PlantedScanner())
    search.look(picture(here), 0.0, [], everywhere=True)
    findings = search.look(picture(there), 0.16, [track(here)])
    assert findings is not None and [found.box for found in findings.detections] == [there]


def test_a_search_does_not_miss_what_it_is_too_coarse_for() -> None:
    small, large = track(Box(20, 20, 70, 70)), track(Box(300, 100, 400, 200), 2)
    search = FaceSearch(PlantedScanner())
    search.look(picture(), 0.0, [], everywhere=True)
    findings = search.look(picture(small.box, large.box), 0.2, [small, large])
    assert findings is not None
    assert [found.box for found in findings.detections] == [large.box]
    assert findings.looked_for == frozenset({2})


def test_known_faces_are_looked_for_half_as_often() -> None:
    known, other = track(Box(20, 20, 120, 120)), track(Box(300, 100, 400, 200), 2)
    search = FaceSearch(PlantedScanner(), min_face_px=80)
    rgb = picture(known.box, other.box)
    search.look(rgb, 0.0, [], everywhere=True)
    search.look(rgb, 0.2, [])
    looked_for = [
        set(findings.looked_for or ())
        for at in (0.4, 0.56)
        if (findings := search.look(rgb, at, [known, other], known={1})) is not None
    ]
    assert looked_for in ([{2}, {1, 2}], [{1, 2}, {2}])


def test_a_part_of_a_large_face_is_no_small_one() -> None:
    face, new = track(Box(300, 100, 400, 200)), Box(20, 20, 87, 87)
    search = FaceSearch(PlantedScanner())
    search.look(picture(face.box), 0.0, [face], everywhere=True)
    search.look(picture(face.box), 0.2, [face])
    nose = Box(320, 120, 387, 187)
    findings = search.look(picture(new, nose), 0.28, [face])
    assert findings is not None
    assert ([found.box for found in findings.detections], findings.looked_for) == ([new], frozenset())


def test_a_picture_at_rest_is_passed_over_once_every_level_was_searched() -> None:
    scanner = PlantedScanner()
    search = FaceSearch(scanner, min_face_px=40)
    assert not search.is_settled([], moving=True)
    for frame in range(100):
        if frame and search.is_settled([], moving=False):
            break
        search.look(picture(), frame / 25, [], everywhere=frame == 0)
    levels = {round(scale, 3) for _, scales in scanner.asked for scale in scales}
    assert {1.2, 1.44, 1.728, 2.074, 1.0} <= levels
    assert search.is_settled([], moving=False)
    assert not search.is_settled([track(Box(0, 0, 80, 80), missed=True)], moving=False)
    assert not search.is_settled([], moving=True)
    assert not search.is_settled([], moving=False)


BOXES = st.builds(
    lambda x, y, side: Box(x, y, x + side, y + side), st.integers(0, 90), st.integers(0, 90), st.integers(10, 60)
)


@given(st.lists(st.builds(Detection, BOXES, st.floats(0, 1)), max_size=12))
def test_one_detection_a_face(found: list[Detection]) -> None:
    kept = distinct(found)
    assert list(kept) == sorted(kept, key=lambda one: -one.score)
    for number, one in enumerate(kept):
        assert all(one.box.iou(other.box) < 0.3 for other in kept[:number])
    for left_out in (one for one in found if one not in kept):
        assert any(left_out.box.iou(better.box) >= 0.3 and better.score >= left_out.score for better in kept)
