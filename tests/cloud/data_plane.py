"""AWS IoT's data plane, as far as publishing goes."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class DataPlane:
    """What was published.

    Attributes:
        published: topics and payloads, in order.
        retained: topic -> what a device gets that subscribes now.
        fails: nothing is taken while it is set.
    """

    url: str
    published: list[tuple[str, bytes]] = field(default_factory=list)
    retained: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False


@contextmanager
def data_plane() -> Iterator[DataPlane]:
    """A data plane, while the context lasts."""

    class Publish(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            path, _, query = self.path.partition("?")
            asked = urllib.parse.parse_qs(query)
            if not plane.fails:
                topic = urllib.parse.unquote(path.removeprefix("/topics/"))
                plane.published.append((topic, payload))
                if asked.get("retain") == ["true"] and asked["qos"] == ["1"]:
                    plane.retained[topic] = payload
            self.send_response(400 if plane.fails else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Publish) as server:
        plane = DataPlane(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield plane
        finally:
            server.shutdown()
            thread.join()
