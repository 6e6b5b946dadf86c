"""All cameras in one worker: with real threads, and small fakes of the networks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from argus.core.errors import SourceError
from argus.core.events import CollectionUsed
from argus.core.matching import Gallery
from argus.core.types import MIRROR_MODEL_ID, Box, Frame
from argus.device.adapters.playback import Playback
from argus.device.adapters.status import SourceStatus
from argus.device.people import Recognised
from argus.device.state import StateError
from tests.core.measures import NOON, flat_calibration
from tests.device.inference.working import Working, channel, film, for_ever, slowed
from tests.device.squares import ADA, HERE, STRANGER, LevelEmbedder
from tests.waiting import until


def test_a_visit_on_each_of_three_cameras_numbered_without_gaps() -> None:
    with Working() as working:
        for camera_id, level in {"door": ADA, "gate": STRANGER, "yard": ADA}.items():
            working.worker.add_camera(channel(camera_id), film([{HERE: level}] * 60))
        assert until(lambda: len(working.events) == 6)
        ended = working.state("door")
    assert working.kinds("door") == working.kinds("yard") == ["match", "left"]
    assert working.kinds("gate") == ["unknown", "left"]
    assert [event.device.sequence for event in working.events] == [1, 2, 3, 4, 5, 6]
    assert not ended.connected and ended.last_error == "The source has ended." and ended.frames_read == 60
    assert working.worker.states() == ()


class SlowEmbedder(LevelEmbedder):
    def embed(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        time.sleep(0.05)
        return super().embed(chips)


def test_a_fast_camera_starves_no_slow_one() -> None:
    """The worker is slower than the fast camera: that loses most of its frames, and the slow ones keep theirs."""
    with Working() as working:
        slow = {f"slow{number}": channel(f"slow{number}") for number in range(3)}
        working.worker.add_camera(slowed(channel("fast"), 0.03), film(for_ever({}), fps=200))
        for one in slow.values():
            working.worker.add_camera(one, film(for_ever({}), fps=10))
        time.sleep(3.0)
        states = {state.id: state for state in working.worker.states()}
    assert states["fast"].frames_processed < 0.5 * states["fast"].frames_read
    for camera_id in slow:
        # The machine may have other work for moments.
        assert states[camera_id].frames_processed > 0.7 * states[camera_id].frames_read > 10


def test_what_is_due_on_all_cameras_is_embedded_together() -> None:
    with Working() as working:
        # Slow enough that all have a frame in every round.
        for number in range(4):
            working.worker.add_camera(slowed(channel(f"camera{number}"), 0.03), film([{HERE: ADA}] * 60))
        assert until(lambda: len(working.events) == 8)
    assert isinstance(working.embedder, LevelEmbedder)
    assert sum(working.embedder.batches) == 16 and len(working.embedder.batches) < 4


def test_visits_end_though_no_frame_comes() -> None:
    """The camera hangs while somebody is there."""
    back = threading.Event()
    with Working() as working:

        def seen() -> Iterator[dict[Box, int]]:
            yield from [{HERE: STRANGER}] * 50
            back.wait(10)

        working.worker.add_camera(channel("door", gap_seconds=1.0), film(seen()))
        assert until(lambda: working.kinds("door") == ["unknown", "left"])
        assert working.state("door").connected and not back.is_set()
        back.set()


def test_a_removed_camera_ends_its_visits_and_others_go_on() -> None:
    with Working() as working:
        working.worker.add_camera(channel("door"), film(for_ever({HERE: ADA})))
        working.worker.add_camera(channel("gate"), film(for_ever({HERE: STRANGER})))
        assert until(lambda: len(working.events) == 2)
        working.worker.remove_camera("door")
        working.worker.remove_camera("nowhere")
        assert until(lambda: working.kinds("door") == ["match", "left"])
        assert [state.id for state in working.worker.states()] == ["gate"]
        assert working.worker.picture("door") is None
        before = working.state("gate").frames_processed
        assert until(lambda: working.state("gate").frames_processed > before)
    assert working.kinds("gate") == ["unknown", "left"]


def test_a_camera_of_the_same_id_takes_the_place_of_the_old_one() -> None:
    with Working() as working:
        working.worker.add_camera(channel("door"), film(for_ever({HERE: ADA})))
        assert until(lambda: working.kinds("door") == ["match"])
        working.worker.add_camera(channel("door"), film(for_ever({HERE: STRANGER})))
        assert until(lambda: working.kinds("door") == ["match", "left", "unknown"])
        assert len(working.worker.states()) == 1


def test_a_camera_that_cannot_be_opened_is_reported_and_tried_again() -> None:
    tries: list[float] = []

    def opened() -> Playback:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise SourceError("There is no file at film.mp4: check the path.")
        return film([{HERE: ADA}] * 60)()

    with Working() as working:
        working.worker.add_camera(channel("gate"), film([{HERE: STRANGER}] * 60))
        working.worker.add_camera(channel("door"), opened)
        assert until(lambda: working.state("door").last_error is not None)
        assert not working.state("door").connected
        assert working.state("door").last_error == "There is no file at film.mp4: check the path."
        assert until(lambda: working.kinds("door") == ["match", "left"])
        assert until(lambda: working.kinds("gate") == ["unknown", "left"])
    assert len(tries) == 3


def test_a_bug_in_a_readers_thread_ends_the_worker() -> None:
    class Broken:
        live = False

        def frames(self) -> Iterator[Frame]:
            raise ZeroDivisionError("a bug")

        def close(self) -> None:
            pass

        def status(self) -> SourceStatus:
            return SourceStatus(connected=True, since=NOON)

    working = Working()
    with pytest.raises(ZeroDivisionError, match="a bug"), working:
        working.worker.add_camera(channel("gate"), film(for_ever({HERE: STRANGER})))
        working.worker.add_camera(channel("door"), Broken)
        assert until(working.ended)
    assert working.worker.states() == ()


def test_what_the_sink_raises_ends_the_worker() -> None:
    working = Working(refuse=StateError("the disk is full"))
    with pytest.raises(StateError, match="full"), working:
        working.worker.add_camera(channel("door"), film(for_ever({HERE: ADA})))
        assert until(working.ended)


def test_people_are_swapped_while_it_runs() -> None:
    nobody = Recognised(Gallery([], flat_calibration()), CollectionUsed("c", "1" * 64, 0, MIRROR_MODEL_ID))
    with Working() as working:
        working.worker.add_camera(channel("door"), film(for_ever({HERE: ADA})))
        assert until(lambda: working.kinds("door") == ["match"])
        working.people.swap(nobody)
        working.worker.add_camera(channel("gate"), film(for_ever({HERE: ADA})))
        assert until(lambda: working.kinds("gate") == ["unknown"])
    assert [event.collection.version[0] for event in working.events if event.kind != "left"] == ["0", "1"]


def test_latency_counts_from_the_frame() -> None:
    with Working(embedder=SlowEmbedder()) as working:
        assert working.worker.latency() is None
        working.worker.add_camera(channel("door"), film([{HERE: ADA}] * 60))
        assert until(lambda: working.kinds("door") == ["match", "left"])
        latency = working.worker.latency()
    # The end of a visit comes without a frame.
    assert latency is not None and latency.events == 1
    assert 50 <= latency.p50_ms == latency.p95_ms < 1000


def test_a_portrait_comes_with_the_event_where_it_is_wanted() -> None:
    wanted, unwanted = channel("door"), channel("gate")
    wanted.pipeline.keeps_portraits = True
    with Working() as working:
        working.worker.add_camera(wanted, film([{HERE: STRANGER}] * 60))
        working.worker.add_camera(unwanted, film([{HERE: STRANGER}] * 60))
        assert until(lambda: len(working.events) == 4)
    portraits = {(event.camera, event.kind): portrait for event, portrait in working.told}
    shown = portraits.pop(("door", "unknown"))
    assert shown is not None and all(portrait is None for portrait in portraits.values())
    assert shown.shape == (250, 250, 3)
    assert shown[125, 125, 0] == STRANGER and shown[0, 0, 0] == 20
