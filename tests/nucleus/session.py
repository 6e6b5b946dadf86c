"""One component's connection: greeting, requests, and the streams that stay open for subscriptions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tests.nucleus import frames
from tests.nucleus.frames import Frame, FrameError

MESSAGE, ERROR, CONNECT, CONNECT_ACK = 0, 1, 4, 5
ACCEPTED, TERMINATE = 1, 2
PREFIX = "aws.greengrass#"


class Refusal(Exception):
    """An operation is answered with an error of this name: ``ServiceError``, ``UnauthorizedError``..."""


class Stream:
    """A subscription; events wait until its first answer has been sent."""

    def __init__(self, session: Session, stream_id: int, event: str, close: Callable[[], None]) -> None:
        self._session = session
        self._id = stream_id
        self._event = event
        self._held: list[Mapping[str, Any]] | None = []
        self.close = close

    def open(self) -> None:
        """From now on events go out."""
        held, self._held = self._held, None
        for event in held or ():
            self.send(event)

    def send(self, event: Mapping[str, Any]) -> None:
        """One event; dropped where its frame would be too long, as nucleus lite does."""
        if self._held is not None:
            self._held.append(event)
            return
        frame = self._session.message(self._id, self._event, event)
        if len(frame) <= frames.LIMIT:
            self._session.write(frame)


class Operations(Protocol):
    """What the nucleus does for a component; see :mod:`tests.nucleus.operations`."""

    async def hear(self) -> None:
        """Returns at once, unless the nucleus hangs."""
        ...

    def knows(self, svcuid: str) -> bool: ...

    @property
    def answers_strangers(self) -> bool:
        """Whether a stranger is told that it is refused, and closes the connection itself."""
        ...

    async def perform(
        self, session: Session, stream_id: int, operation: str, request: dict[str, Any]
    ) -> tuple[dict[str, Any], Stream | None]:
        """The answer, and the stream where it stays open; raises Refusal."""
        ...


class Session:
    """Ends with the first thing that is not as it must be."""

    def __init__(self, operations: Operations, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._operations = operations
        self._reader = reader
        self._writer = writer
        self._streams: dict[int, Stream] = {}
        self._newest_stream = 0

    async def run(self) -> None:
        """Until the connection ends."""
        try:
            await self._greet()
            while True:
                frame = await frames.read(self._reader)
                await self._operations.hear()
                await self._handle(frame)
        except (FrameError, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for stream in self._streams.values():
                stream.close()
            self.drop()

    def drop(self) -> None:
        """Closes the connection without a word."""
        self._writer.close()

    def end(self, stream: Stream) -> None:
        """The nucleus ends a subscription."""
        for stream_id, candidate in self._streams.items():
            if candidate is stream:
                self._terminate(stream_id)
                return

    def write(self, data: bytes) -> None:
        """Sends a frame, where the component still listens."""
        if not self._writer.is_closing():
            self._writer.write(data)

    def message(
        self, stream_id: int, model: str, payload: Mapping[str, Any], kind: int = MESSAGE, flags: int = 0
    ) -> bytes:
        """A frame of the model ``model``, without the namespace that stands before all of them."""
        headers: dict[str, int | str] = {":message-type": kind, ":message-flags": flags, ":stream-id": stream_id}
        headers |= {":content-type": "application/json", "service-model-type": PREFIX + model}
        return frames.encode(Frame(headers, json.dumps(payload, separators=(",", ":")).encode()))

    async def _greet(self) -> None:
        frame = await frames.read(self._reader)
        await self._operations.hear()
        expected = {":message-type": CONNECT, ":message-flags": 0, ":stream-id": 0, ":version": "0.1.0"}
        if {name: frame.headers.get(name) for name in expected} != expected:
            raise FrameError("not a connect message")
        accepted = self._operations.knows(_document(frame.payload).get("authToken", ""))
        if not accepted and not self._operations.answers_strangers:
            raise FrameError("an unknown SVCUID")
        flags = ACCEPTED if accepted else 0
        self.write(frames.encode(Frame({":message-type": CONNECT_ACK, ":message-flags": flags, ":stream-id": 0})))
        if not accepted:
            await self._reader.read()
            raise FrameError("an unknown SVCUID")

    async def _handle(self, frame: Frame) -> None:
        kind, flags = frame.headers.get(":message-type"), frame.headers.get(":message-flags")
        stream_id, operation = frame.headers.get(":stream-id"), frame.headers.get("operation")
        if kind != MESSAGE or not isinstance(stream_id, int) or stream_id < 1:
            raise FrameError("not a message on a stream")
        if flags == TERMINATE:
            self._terminate(stream_id)
            return
        if flags != 0 or stream_id <= self._newest_stream or not isinstance(operation, str):
            raise FrameError("not a request")
        self._newest_stream = stream_id
        try:
            answer, stream = await self._perform(stream_id, operation, frame)
        except Refusal as refusal:
            # Nucleus lite spells the key so that the SDK's errors have no message.
            payload = {"_message": "told to nobody", "_errorCode": str(refusal)}
            self.write(self.message(stream_id, str(refusal), payload, ERROR, TERMINATE))
            return
        self.write(self.message(stream_id, operation.removeprefix(PREFIX) + "Response", answer))
        if stream is not None:
            self._streams[stream_id] = stream
            stream.open()

    async def _perform(self, stream_id: int, operation: str, frame: Frame) -> tuple[dict[str, Any], Stream | None]:
        request = PREFIX + operation.removeprefix(PREFIX) + "Request"
        if frame.headers.get("service-model-type") != request:
            raise Refusal("ServiceError")
        name = operation.removeprefix(PREFIX)
        answer, stream = await self._operations.perform(self, stream_id, name, _document(frame.payload))
        if len(self.message(stream_id, name + "Response", answer)) > frames.LIMIT:
            raise Refusal("ServiceError")
        return answer, stream

    def _terminate(self, stream_id: int) -> None:
        stream = self._streams.pop(stream_id, None)
        if stream is not None:
            stream.close()
            headers: dict[str, int | str] = {":message-type": MESSAGE, ":message-flags": TERMINATE}
            self.write(frames.encode(Frame({**headers, ":stream-id": stream_id})))


def _document(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except ValueError as error:
        raise FrameError("a payload that is not JSON") from error
    if not isinstance(document, dict):
        raise FrameError("a payload that is not an object")
    return document
