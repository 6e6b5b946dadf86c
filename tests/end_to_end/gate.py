"""What stands between the functions and AWS, and lets nothing through to one service while it is told so."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_OF_ONE_CONNECTION = {"connection", "expect", "host", "keep-alive", "transfer-encoding"}

CUT, ERROR = "cut", "error"
"""How a service fails: the connection is closed without a word, or it answers 500."""


class Gate:
    """A context manager: an HTTP server that passes requests on, by the service that they are signed for.

    Args:
        address: of AWS.
        others: services that are elsewhere -> their address.

    Attributes:
        refused: how often which service failed.
        passed: service, method and path (without a query) of each request that went through, once.
    """

    def __init__(self, address: str, others: Mapping[str, str]) -> None:
        self.refused: Counter[str] = Counter()
        self.passed: set[tuple[str, str, str]] = set()
        self._address, self._others = address, others
        self._failing: tuple[str, str] | None = None
        gate = self

        class Pass(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                self.ways: dict[str, http.client.HTTPConnection] = {}

            def finish(self) -> None:
                for way in self.ways.values():
                    way.close()
                with suppress(OSError):
                    super().finish()

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                found = _SERVICE.search(self.headers.get("Authorization", ""))
                gate.answer(self, found[1] if found else "", body)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pass)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="gate")
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(self, service: str, how: str) -> None:
        """From now on; names are those that requests are signed with."""
        self._failing = (service, how)

    def mend(self) -> None:
        self._failing = None

    def __enter__(self) -> Gate:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Any, service: str, body: bytes) -> None:
        """Passes one request on, or does not."""
        failing = self._failing
        if failing is not None and failing[0] == service:
            self.refused[service] += 1
            if failing[1] == ERROR:
                self._reply(request, 500, [], b"")
            request.close_connection = True
            return
        self.passed.add((service, request.command, unquote(urlsplit(request.path).path)))
        address = self._others.get(service, self._address)
        way = request.ways.setdefault(address, http.client.HTTPConnection(urlsplit(address).netloc, timeout=30))
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        try:
            way.request(request.command, request.path, body, headers)
            answer = way.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            way.close()
            request.close_connection = True
            return
        self._reply(request, answer.status, answer.getheaders(), content)

    @staticmethod
    def _reply(request: Any, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _OF_ONE_CONNECTION | {"content-length"}:
                request.send_header(name, value)
        length = dict(headers).get("Content-Length") if request.command == "HEAD" else str(len(content))
        request.send_header("Content-Length", length or "0")
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)
