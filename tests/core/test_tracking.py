from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.core.tracking import Track, Tracker, TrackUpdate
from argus.core.types import Box, Detection
from tests.core.measures import moment

STEP = 0.1
"""Seconds between two looks."""


def face(x: float, y: float = 0, size: int = 100) -> Detection:
    """A face around ``x, y``."""
    left, top = round(x) - size // 2, round(y) - size // 2
    return Detection(Box(left, top, left + size, top + size), 1.0)


def play(looks: Sequence[Sequence[Detection]], tracker: Tracker | None = None) -> list[TrackUpdate]:
    tracker = tracker or Tracker()
    return [tracker.observe(found, moment(number * STEP)) for number, found in enumerate(looks)]


def ids(tracks: Sequence[Track]) -> set[int]:
    return {track.id for track in tracks}


def seen_ids(update: TrackUpdate) -> list[int]:
    return [track.id for track, _ in update.seen]


faces = st.builds(face, st.integers(0, 500), st.integers(0, 300), st.integers(40, 160))
scenes = st.lists(st.lists(faces, max_size=5), max_size=12)


@given(scenes, st.data())
def test_every_detection_belongs_to_one_track_and_ids_never_come_back(
    looks: list[list[Detection]], data: st.DataObject
) -> None:
    tracker = Tracker(patience_seconds=0.15)
    over: set[int] = set()
    for number, found in enumerate(looks):
        before = ids(tracker.tracks)
        looked_for = data.draw(st.none() | st.sets(st.sampled_from(sorted(before)))) if before else None
        update = tracker.observe(found, moment(number * STEP), looked_for)
        live, seen, missed, ended = ids(tracker.tracks), seen_ids(update), ids(update.missed), ids(update.ended)
        assert sorted(detection.box.ltrb for _, detection in update.seen) == sorted(one.box.ltrb for one in found)
        assert all(track.box == detection.box and not track.missed for track, detection in update.seen)
        assert len(seen) == len(set(seen))
        assert not set(seen) & missed and not ended & live
        assert set(seen) | missed <= live <= before | set(seen)
        assert before <= live | ended
        if looked_for is not None:
            # Who was not looked for cannot be missed, nor end but by parting from another face.
            assert missed <= looked_for
            assert {track.id for track in update.ended if track.missed} <= looked_for
        assert {track for track, _ in update.seen} | set(update.missed) <= set(tracker.tracks)
        assert not over & live
        over |= ended
    over |= ids(tracker.end_all())
    assert over == set(range(1, len(over) + 1))
    assert tracker.tracks == ()


@given(scenes)
def test_the_same_detections_give_the_same_tracks(looks: list[list[Detection]]) -> None:
    assert play(looks) == play(looks)


lanes = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-15, 15), st.integers(-15, 15), st.integers(90, 110)),
    max_size=5,
    unique_by=lambda lane: lane[0],
)


@given(st.lists(lanes, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(looks: list[list[tuple[int, int, int, int]]], random: Random) -> None:
    ordered = [[face(300 * lane + x, y, size) for lane, x, y, size in look] for look in looks]
    shuffled = [list(look) for look in ordered]
    for look in shuffled:
        random.shuffle(look)
    assert [_without_ids(update) for update in play(ordered)] == [_without_ids(update) for update in play(shuffled)]


def _without_ids(update: TrackUpdate) -> list[set[tuple[object, ...]]]:
    return [
        {(track.box, track.first.frame, track.hits, track.velocity, track.entangled) for track in tracks}
        for tracks in ([track for track, _ in update.seen], update.missed, update.ended)
    ]


@given(
    speed=st.tuples(st.floats(-300, 300), st.floats(-300, 300)),
    jitter=st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(96, 104)), min_size=2, max_size=15),
)
def test_a_moving_face_keeps_its_track(speed: tuple[float, float], jitter: list[tuple[int, int, int]]) -> None:
    looks = [
        [face(number * STEP * speed[0] + x, number * STEP * speed[1] + y, size)]
        for number, (x, y, size) in enumerate(jitter)
    ]
    updates = play(looks)
    assert [seen_ids(update) for update in updates] == [[1]] * len(looks)
    assert updates[-1].seen[0][0].hits == len(looks)
    assert updates[-1].seen[0][0].first == moment(0)


def test_a_track_is_predicted_to_go_on_as_it_moved() -> None:
    tracker = Tracker()
    play([[face(0)], [face(20)], [face(40)]], tracker)
    (track,) = tracker.tracks
    assert track.velocity == pytest.approx((200, 0))
    assert track.box_at(0.4) == face(80).box


def test_a_face_that_grows_too_fast_is_another_face() -> None:
    assert [seen_ids(update) for update in play([[face(0, size=50)], [face(0, size=75)], [face(0, size=130)]])] == [
        [1],
        [1],
        [2],
    ]


def test_a_face_far_away_is_another_face() -> None:
    first, second = play([[face(0)], [face(100)]])
    assert (seen_ids(first), seen_ids(second), ids(second.missed)) == ([1], [2], {1})


def test_a_missed_track_is_kept_for_the_patience_and_then_ends() -> None:
    tracker = Tracker(patience_seconds=0.25)
    updates = play([[face(0)], [], [], [], []], tracker)
    assert [ids(update.missed) for update in updates] == [set(), {1}, {1}, set(), set()]
    assert [ids(update.ended) for update in updates] == [set(), set(), set(), {1}, set()]
    assert updates[3].ended[0].missed and tracker.tracks == ()


def test_a_track_that_is_found_again_in_time_goes_on() -> None:
    tracker = Tracker(patience_seconds=0.25)
    updates = play([[face(0)], [], [face(3)]], tracker)
    assert seen_ids(updates[2]) == [1]
    assert not tracker.tracks[0].missed


def test_a_track_that_was_not_looked_for_is_neither_missed_nor_ended() -> None:
    tracker = Tracker()
    tracker.observe([face(0), face(500)], moment(0))
    update = tracker.observe([face(0)], moment(9), looked_for={1})
    assert (seen_ids(update), update.missed, update.ended) == ([1], (), ())
    assert ids(tracker.tracks) == {1, 2}


def crossing(hidden: bool) -> list[list[Detection]]:
    """Two faces that walk through each other; the one behind may be hidden meanwhile."""
    looks = []
    for number in range(21):
        left, right = face(number * 30), face(600 - number * 30, 10)
        overlap = left.box.iou(right.box) > 0.2
        looks.append([left] if hidden and overlap else [left, right])
    return looks


@pytest.mark.parametrize("hidden", [False, True])
def test_crossing_faces_are_new_tracks_after_they_part(hidden: bool) -> None:
    tracker = Tracker()
    updates = play(crossing(hidden), tracker)
    before, after = set(seen_ids(updates[0])), set(seen_ids(updates[-1]))
    assert len(before) == len(after) == 2
    assert not before & after
    ended = set().union(*(ids(update.ended) for update in updates))
    assert before <= ended
    assert not any(track.entangled for track in tracker.tracks)


def test_faces_that_pass_at_a_distance_keep_their_tracks() -> None:
    updates = play([[face(number * 30), face(600 - number * 30, 150)] for number in range(21)])
    assert all(sorted(seen_ids(update)) == [1, 2] for update in updates)


def test_a_face_that_appears_over_another_entangles_both_at_once() -> None:
    first, second, third = play([[face(0)], [face(0), face(40)], [face(-30), face(90)]])
    assert seen_ids(first) == [1]
    assert all(track.entangled for track, _ in second.seen)
    assert not set(seen_ids(third)) & (set(seen_ids(first)) | set(seen_ids(second)))


def test_ending_all_tracks_starts_anew_where_they_were() -> None:
    tracker = Tracker()
    tracker.observe([face(0)], moment(0))
    assert ids(tracker.end_all()) == {1}
    assert seen_ids(tracker.observe([face(0)], moment(0.1))) == [2]


@settings(max_examples=20)
@given(st.integers(1, 30))
def test_two_looks_at_one_moment_do_not_divide_by_zero(shift: int) -> None:
    tracker = Tracker()
    tracker.observe([face(0)], moment(0))
    update = tracker.observe([face(shift)], moment(0))
    assert update.seen[0][0].velocity == (0, 0)


def test_while_nothing_moves_tracks_are_held_where_they_are() -> None:
    tracker = Tracker(patience_seconds=0.25)
    play([[face(0), face(500)], [face(20), face(500)], [face(40)]], tracker)
    held = tracker.hold(moment(5))
    assert ids(held) == {1}, "who was missed is not held"
    assert (held[0].box, held[0].seen, held[0].velocity) == (face(40).box, moment(5), (0, 0))
    assert seen_ids(tracker.observe([face(40)], moment(9))) == [1]
