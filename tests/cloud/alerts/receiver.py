"""Somebody's server that takes webhooks, over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What was posted, and how it is answered.

    Attributes:
        statuses: of the next answers; after them it is ``status``.
        location: where answers send on to.
        answers: nothing is answered while it is not set.
        tail: what follows an answer's header.
    """

    url: str
    posted: list[Posted] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    status: int = 200
    location: str | None = None
    answers: threading.Event = field(default_factory=threading.Event)
    tail: bytes = b"ok"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A server, while the context lasts."""

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            there.posted.append(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            there.answers.wait()
            self.send_response(there.statuses.pop(0) if there.statuses else there.status)
            if there.location is not None:
                self.send_header("Location", there.location)
            self.send_header("Content-Length", str(len(there.tail)))
            self.end_headers()
            with suppress(OSError):  # whoever posted does not read it
                self.wfile.write(there.tail)

        def do_GET(self) -> None:
            there.posted.append(Posted(self.path, {}, b""))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Take) as server:
        there = Receiver(f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0/secret-path")
        there.answers.set()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield there
        finally:
            there.answers.set()
            server.shutdown()
            thread.join()
