"""A status of many cameras comes in several messages, each small enough."""

from __future__ import annotations

from dataclasses import replace

from argus.core.status import MAX_SENTENCE, CameraState, CollectionState, decode_status, status_messages
from argus.core.wire import MAX_MESSAGE_BYTES
from tests.events.generate_schema import FOLDER

STATUS = decode_status((FOLDER / "messages" / "status.json").read_bytes())


def cameras(count: int, error: str | None) -> tuple[CameraState, ...]:
    one = replace(STATUS.cameras[0], frames_read=2**40, last_error=error)
    return tuple(replace(one, id=f"{number:02}-{'c' * 61}") for number in range(count))


def test_a_usual_status_is_one_message_as_it_is() -> None:
    (message,) = status_messages(STATUS)
    assert decode_status(message) == STATUS


def test_32_cameras_with_long_errors_arrive_whole_in_several_messages() -> None:
    status = replace(STATUS, cameras=cameras(32, "ü" * 1000))
    messages = status_messages(status)
    assert len(messages) > 1 and max(map(len, messages)) <= MAX_MESSAGE_BYTES
    decoded = [decode_status(message) for message in messages]
    assert [(one.part, one.parts) for one in decoded] == [(n + 1, len(messages)) for n in range(len(messages))]
    arrived = sorted((camera for one in decoded for camera in one.cameras), key=lambda camera: camera.id)
    assert [camera.id for camera in arrived] == [camera.id for camera in status.cameras]
    assert {camera.last_error for camera in arrived} == {"ü" * (MAX_SENTENCE - 3) + "..."}


def test_the_longest_names_and_sentences_fit() -> None:
    worst = "\x01\N{GRINNING FACE}" * 500
    collection = CollectionState("c" * 64, "a" * 64, 2**50, "m" * 64, 2**40, 1e9, worst)
    status = replace(
        STATUS,
        thing="t" * 128,
        cameras=cameras(3, worst),
        collections=(collection,) * 5,
        events=replace(STATUS.events, last_error=worst),
        snapshots=replace(STATUS.snapshots, last_error=worst),
        configuration=replace(STATUS.configuration, refused=worst),
    )
    assert max(map(len, status_messages(status))) <= MAX_MESSAGE_BYTES
