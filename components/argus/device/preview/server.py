"""Serves a preview on 127.0.0.1, in a thread of its own."""

from __future__ import annotations

import errno
import socket
from threading import Thread
from types import TracebackType

import uvicorn

from argus.core.errors import UsageError
from argus.device.preview.feed import Feed
from argus.device.preview.web import MAX_STREAMS, Watched, build_app

_HOST = "127.0.0.1"


class PreviewServer:
    """A context manager: the page can be seen while it lasts; at its end the pages are told so.

    Attributes:
        port: of 127.0.0.1.
        address: where the page is.
    """

    def __init__(self, feed: Feed, watched: Watched, port: int) -> None:
        """Takes the port; 0 takes one that is free.

        Raises:
            UsageError: the port cannot be taken.
        """
        self._feed = feed
        listener = _listening(port)
        self.port = int(listener.getsockname()[1])
        self.address = f"http://{_HOST}:{self.port}/"
        config = uvicorn.Config(
            build_app(feed, watched),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=2 * MAX_STREAMS,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [listener]}, name="preview", daemon=True)

    def __enter__(self) -> PreviewServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._feed.ended = True
        self._server.should_exit = True
        self._thread.join()


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A port that the preview had a moment ago can be taken again at once; one that somebody has cannot.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        why = {
            errno.EADDRINUSE: "another program has it",
            errno.EACCES: "ports under 1024 need rights that Argus should not have",
        }.get(error.errno or 0, error.strerror)
        raise UsageError(
            f"the preview cannot be served on port {port}: {why}. Choose another, or 0 for one that is free"
        ) from error
    return listener
