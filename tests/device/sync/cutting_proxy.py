"""A connection to a server that breaks after so many bytes of its answers."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

_PIECE = 1024


class CuttingProxy:
    """Passes TCP connections on to ``url``; use as a context.

    Attributes:
        passed_bytes: of the server's answers, since :meth:`cut_after`.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._left: int | None = None
        self._mends_itself = False
        self.passed_bytes = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut_after(self, answered_bytes: int | None, *, once: bool = False) -> None:
        """Cuts every connection when so many bytes were answered in all: once, or from then on. None: never."""
        with self._lock:
            self._left, self._mends_itself, self.passed_bytes = answered_bytes, once, 0

    def __enter__(self) -> CuttingProxy:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                for source, target, answers in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass, args=(source, target, answers), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError), source, target:
            while piece := source.recv(_PIECE):
                allowed = self._allowed(len(piece)) if answers else len(piece)
                target.sendall(piece[:allowed])
                if allowed < len(piece):
                    break
            for end in (source, target):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _allowed(self, size: int) -> int:
        with self._lock:
            if self._left is None:
                allowed = size
            else:
                allowed = min(size, self._left)
                self._left -= allowed
                if allowed < size and self._mends_itself:
                    self._left = None
            self.passed_bytes += allowed
            return allowed
