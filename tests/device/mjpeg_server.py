"""A small camera: an HTTP server that sends Motion JPEG, and can hang, vanish and come back."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from PIL import Image

BOUNDARY = "argusboundary"


def jpeg(number: int) -> bytes:
    """A 64x48 picture whose grey level tells its number (times two, modulo 200)."""
    level = number * 2 % 200 + 20
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (level, level, level)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


class MjpegServer:
    """Listens on a free port of 127.0.0.1, which it keeps when it is stopped and started again."""

    def __init__(self, frames_per_second: float = 50.0, picture: Callable[[int], bytes] = jpeg) -> None:
        """``picture`` makes the JPEG of a number, which counts from 0 for everybody who connects."""
        self._picture = picture
        self._pause_seconds = 1.0 / frames_per_second
        self.hanging = threading.Event()
        self.asked = threading.Event()
        self._ended = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/stream.mjpg"

    def start(self) -> None:
        self._ended.clear()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.asked.set()
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace;boundary={BOUNDARY}")
                self.end_headers()
                try:
                    camera._stream(self.wfile)
                except (BrokenPipeError, ConnectionResetError):
                    return

            def log_message(self, format: str, *args: object) -> None:
                """Keeps the tests' output clean."""

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._ended.set()
        self.hanging.clear()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> MjpegServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _stream(self, output: io.BufferedIOBase) -> None:
        number = 0
        while not self._ended.wait(self._pause_seconds):
            if self.hanging.is_set():
                continue
            picture = self._picture(number)
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            output.write(head.encode() + picture + b"\r\n")
            output.flush()
            number += 1
