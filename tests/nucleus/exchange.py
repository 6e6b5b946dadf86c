"""The token exchange: credentials over HTTP for who knows the SVCUID of a component."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

PATH = "/2016-11-01/credentialprovider/"

Mode = Literal["given", "null", "refused", "late"]
"""``null``: as nucleus lite answers while it cannot get any: 200 with a JSON null. ``late``: after some seconds."""

LATE_SECONDS = 2.0


@dataclass
class TokenExchange:
    """Listens on a free port of 127.0.0.1, in a thread; hands out what moto takes for credentials."""

    svcuid: str
    mode: Mode = "given"
    lifetime_seconds: float = 3600.0
    asked: int = 0

    def __post_init__(self) -> None:
        exchange = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = exchange.answer(self.path, self.headers.get("Authorization"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """The double's output is its control channel."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"

    def answer(self, path: str, authorization: str | None) -> tuple[int, bytes]:
        """Status and body, as nucleus lite's."""
        self.asked += 1
        if path != PATH:
            return 400, f"Only {PATH} uri is supported.".encode()
        if authorization is None or len(authorization) != len(self.svcuid):
            return 400, b"Authorization header is needed to process the request."
        if authorization != self.svcuid:
            return 404, b"No such svcuid present."
        if self.mode == "late":
            time.sleep(LATE_SECONDS)
        if self.mode == "null":
            return 200, b"null"
        if self.mode == "refused":
            return 500, b"Failed to fetch credentials."
        until = datetime.now(timezone.utc) + timedelta(seconds=self.lifetime_seconds)
        return 200, json.dumps(
            {
                "AccessKeyId": "ASIATESTINGTESTING00",
                "SecretAccessKey": "testing",
                "Token": "testing",
                "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ).encode()
