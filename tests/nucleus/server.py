"""The double as one running thing: the socket, the cloud behind it, the token exchange, and what it is told to do."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.nucleus.cloud import Cloud
from tests.nucleus.configuration import Configuration
from tests.nucleus.exchange import TokenExchange
from tests.nucleus.operations import NucleusOperations
from tests.nucleus.session import Session

SOCKET = "ipc.socket"
CONFIGURATION = "configuration.json"


@dataclass(frozen=True)
class Options:
    """How a nucleus is started.

    Attributes:
        folder: holds the socket, and the configuration over restarts; its path is short (a socket's has 107 bytes).
        defaults: the recipe's default configuration, ``accessControl`` included.
        broker_port: the cloud's, on 127.0.0.1; None: there is no cloud.
        classic: messages are taken while the cloud is away, and a stranger is answered before it has to go.
        texts: see :class:`tests.nucleus.configuration.Configuration`.
    """

    folder: Path
    defaults: dict[str, Any]
    component: str = "argus.FaceRecognizer"
    thing: str = "thing-1"
    broker_port: int | None = None
    classic: bool = False
    texts: bool = False


class Nucleus:
    """One start of a nucleus, with an SVCUID of its own."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._svcuid = base64.b64encode(secrets.token_bytes(12)).decode()
        self._configuration = Configuration(options.folder / CONFIGURATION, options.defaults, texts=options.texts)
        self._operations = NucleusOperations(options.component, self._svcuid, self._configuration, options.classic)
        self._exchange = TokenExchange(self._svcuid)
        self._sessions: set[Session] = set()

    @property
    def environment(self) -> dict[str, str]:
        """What a component finds in its environment."""
        return {
            "SVCUID": self._svcuid,
            "AWS_GG_NUCLEUS_DOMAIN_SOCKET_FILEPATH_FOR_COMPONENT": str(self._options.folder / SOCKET),
            "AWS_IOT_THING_NAME": self._options.thing,
            "AWS_REGION": "eu-central-1",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self._exchange.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self._svcuid,
        }

    async def start(self) -> asyncio.AbstractServer:
        """Listens when it returns, and has tried the cloud for a moment."""
        options = self._options
        if options.broker_port is not None:
            name, receive = f"nucleus-{options.thing}", self._operations.receive
            cloud = self._operations.cloud = Cloud(options.broker_port, name, receive, spools=options.classic)
            with contextlib.suppress(asyncio.TimeoutError):  # a device starts without its network as well
                await asyncio.wait_for(cloud.connected(), 1.0)
        path = options.folder / SOCKET
        path.unlink(missing_ok=True)
        return await asyncio.start_unix_server(self._serve, path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self._operations, reader, writer)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)

    def tell(self, command: str, arguments: dict[str, Any]) -> Any:
        """Carries out what a test asks for: the methods below whose name starts with ``do_``."""
        return getattr(self, f"do_{command}")(**arguments)

    def do_silence(self, topic_filter: str = "*", lasting: bool = False) -> None:
        """A subscription gets nothing any more, while publishing works; ``lasting``: nor does one that is made anew."""
        for subscription in self._operations.subscriptions:
            if topic_filter in ("*", subscription.topic_filter):
                subscription.silent = True
        if lasting:
            self._operations.faults.silent.add(topic_filter)

    def do_speak(self) -> None:
        """Ends every silence."""
        self._operations.faults.silent.clear()
        for subscription in self._operations.subscriptions:
            subscription.silent = False

    def do_hang(self) -> None:
        """Nothing is answered any more, and nobody is disconnected."""
        self._operations.faults.hearing.clear()

    def do_resume(self) -> None:
        """Ends :meth:`do_hang`."""
        self._operations.faults.hearing.set()

    def do_drop(self) -> None:
        """Ends every connection; the SVCUID stays good."""
        for session in self._sessions:
            session.drop()

    def do_end(self, topic_filter: str) -> None:
        """Ends the streams of a subscription."""
        for subscription in list(self._operations.subscriptions):
            if subscription.topic_filter == topic_filter:
                subscription.session.end(subscription.stream)

    def do_hold(self) -> None:
        """What is published stays in memory, acknowledged; killed now, it is lost."""
        self._cloud.sending.clear()

    def do_release(self) -> None:
        """Ends :meth:`do_hold`."""
        self._cloud.sending.set()

    def do_lose(self, count: int) -> None:
        """The next messages to the cloud are acknowledged and thrown away."""
        self._operations.faults.lose = count

    def do_refuse(self, operation: str, error: str, times: int = 1) -> None:
        """The next requests for an operation are answered with an error."""
        self._operations.faults.refuse[operation] = error, times

    def do_configure(self, merge: dict[str, Any] | None = None, reset: str | None = None) -> None:
        """A deployment's update; ``reset`` is one of the top keys, or "" for all, of which nobody is told."""
        if reset is not None:
            self._configuration.reset(reset)
        self._operations.changed(self._configuration.merge(merge or {}))

    def do_forget(self) -> None:
        """Nobody is told of configuration any more, as after a restart of the part of nucleus lite that tells."""
        self._operations.watching.clear()

    def do_credentials(self, mode: Any, lifetime_seconds: float = 3600.0) -> None:
        """How the token exchange answers; see :data:`tests.nucleus.exchange.Mode`."""
        self._exchange.mode, self._exchange.lifetime_seconds = mode, lifetime_seconds

    def do_say(self, topic: str, message: Any) -> None:
        """Another component publishes JSON on the local bus."""
        self._operations.say(topic, {"jsonMessage": {"message": message}})

    def do_state(self) -> dict[str, Any]:
        """What a test may want to know."""
        return {
            "connections": len(self._sessions),
            "subscriptions": [subscription.topic_filter for subscription in self._operations.subscriptions],
            "states": self._operations.states,
            "waiting": self._operations.cloud.waiting if self._operations.cloud else 0,
            "credentials_asked": self._exchange.asked,
        }

    def do_requests(self) -> list[tuple[str, dict[str, Any]]]:
        """What was asked of it since its start, oldest first."""
        return list(self._operations.requests)

    @property
    def _cloud(self) -> Cloud:
        assert self._operations.cloud is not None, "started without a broker"
        return self._operations.cloud
