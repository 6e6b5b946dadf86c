"""The connection to the nucleus: one client for the whole process, which never comes back once it is gone.

Nucleus lite's errors carry no message, so their class is what is told. Its client never reconnects, and a nucleus that
was started anew does not know this process: whoever is lost ends, and is started with a new identity.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any, TypeVar

import awsiot.greengrasscoreipc
from awscrt.exceptions import AwsCrtError
from awsiot.eventstreamrpc import (
    AccessDeniedError,
    EventStreamOperationError,
    LifecycleHandler,
)
from awsiot.greengrasscoreipc.clientv2 import GreengrassCoreIPCClientV2

from argus.core.errors import UsageError
from argus.device.transport import TransportError, TransportLost

T = TypeVar("T")

SOCKET_VARIABLE = "AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT"
IDENTITY_VARIABLE = "SVCUID"

CALL_SECONDS = 10.0
"""For an answer. A nucleus answers within milliseconds, and within seconds where the device is very busy."""

CLOSING_SECONDS = 1.0

_BROKEN = (AwsCrtError, RuntimeError)
"""What the client raises when the connection is not as it should be; what the nucleus refuses is a RuntimeError too."""

_HUNG_UP = "AWS_IO_SOCKET_CLOSED"
"""How nucleus lite refuses a stranger; the classic one answers."""

_STARTED_ANEW = "the program ends, to be started anew"


class Refused(TransportError):
    """The nucleus answered with an error; ``hint`` says what its class, which is all that it tells, may mean."""

    def __init__(self, what: str, error: EventStreamOperationError, hint: str = "") -> None:
        super().__init__(f"the nucleus refused {what} ({_name(error)}){hint}")


class Lifecycle(LifecycleHandler):  # type: ignore[misc]  # its library is not typed
    """Remembers why the connection ended."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.closing = False
        self.reason: str | None = None

    def on_disconnect(self, reason: Exception | None) -> None:
        if not self.closing:
            self.reason = f"the nucleus is gone ({_name(reason)}): {_STARTED_ANEW}"
        self.ended.set()


class NucleusConnection:
    """Connects when it is made.

    Args:
        environment: what the nucleus told its component.
        call_seconds: how long an answer is waited for.

    Raises:
        UsageError: this process is no component.
        TransportLost: there is no nucleus, or it does not know this process.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ, *, call_seconds: float = CALL_SECONDS) -> None:
        socket, identity = environment.get(SOCKET_VARIABLE), environment.get(IDENTITY_VARIABLE)
        if not socket or not identity:
            raise UsageError(f"{SOCKET_VARIABLE} or {IDENTITY_VARIABLE} is not set: only a nucleus sets them")
        self._call_seconds = call_seconds
        self._lifecycle = Lifecycle()
        try:
            client = awsiot.greengrasscoreipc.connect(
                ipc_socket=socket, authtoken=identity, lifecycle_handler=self._lifecycle, timeout=call_seconds
            )
        except (AccessDeniedError, *_BROKEN, Late) as error:
            if isinstance(error, AccessDeniedError) or _name(error) == _HUNG_UP:
                raise TransportLost(f"the nucleus does not know this process: {_STARTED_ANEW}") from error
            raise TransportLost(f"no nucleus answers at {socket} ({_name(error)}): {_STARTED_ANEW}") from error
        # Without an executor events come one after the other, in the client's own thread.
        self._client = GreengrassCoreIPCClientV2(client=client, executor=None)

    def ask(self, what: str, start: Callable[[GreengrassCoreIPCClientV2], Future[T]]) -> T:
        """The answer to a call; the errors that the nucleus answers are raised as they are.

        Args:
            what: how errors call it.
            start: makes the call, without waiting.

        Raises:
            TransportError: no answer in time.
            TransportLost: the connection is gone.
            EventStreamOperationError: the nucleus refused.
        """
        self.check()
        try:
            return start(self._client).result(self._call_seconds)
        except Late as error:
            raise TransportError(f"the nucleus has not answered {what} for {self._call_seconds:g} s") from error
        except EventStreamOperationError:
            raise
        except _BROKEN as error:
            # A stream ends a moment before its connection does.
            if self._lifecycle.ended.wait(CLOSING_SECONDS):
                raise TransportLost(str(self._lifecycle.reason)) from error
            raise TransportError(f"the nucleus broke off {what} ({_name(error)})") from error

    def call(self, what: str, make: Callable[[Any], Any], request: Any) -> Any:
        """The answer of an operation that has one; raises as :meth:`ask`.

        Its stream is closed then: the nucleus leaves it open, and the client would keep it, 6 kB each, for ever.

        Args:
            what: how errors call it.
            make: makes the operation, given the client that has one for each.
            request: what it is asked.
        """
        operations: list[Any] = []

        def start(client: GreengrassCoreIPCClientV2) -> Future[Any]:
            operations.append(make(client.client))
            operations[0].activate(request).result(self._call_seconds)
            answer: Future[Any] = operations[0].get_response()
            return answer

        try:
            return self.ask(what, start)
        finally:
            for operation in operations:
                operation.close()

    def check(self) -> None:
        """Raises TransportLost once the connection is gone."""
        if reason := self.lost():
            raise TransportLost(reason)

    def lose(self, reason: str) -> None:
        """It is of no use any more, even if the nucleus is still there."""
        self._lifecycle.reason = self._lifecycle.reason or f"{reason}: {_STARTED_ANEW}"

    def lost(self) -> str | None:
        """As :meth:`argus.device.transport.Transport.lost`."""
        return self._lifecycle.reason

    def close(self) -> None:
        """Safe to call twice."""
        self._lifecycle.closing = True
        self._lifecycle.reason = self._lifecycle.reason or "the connection to the nucleus was closed"
        self._client.close().exception(self._call_seconds)


def _name(error: BaseException | None) -> str:
    """What is known of an error: the client's own have names and messages, the nucleus's often a class alone."""
    if isinstance(error, AwsCrtError):
        name: Any = error.name
        return str(name)
    if type(error) is RuntimeError:
        return str(error)
    return type(error).__name__ if error else "closed"
