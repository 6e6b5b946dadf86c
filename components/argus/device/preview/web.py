"""The page and its streams over HTTP, for browsers on this machine alone.

Whatever else runs in those browsers must neither read nor disturb: only the names of this machine are answered to (a
foreign name that is made to point here is refused), no other site may embed or read anything, the page runs nothing
but its own files, and there is nothing but GET.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.device.preview.feed import Feed, View
from argus.device.preview.picture import picture
from argus.device.preview.placing import placing

MAX_STREAMS = 16
"""A page has two."""

_PICTURE_SECONDS = 0.1
_POLL_SECONDS = 0.03
_MESSAGE_SECONDS = 0.2
_BOUNDARY = "argus"

_PAGES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Watched:
    """What the page says of the watch as a whole."""

    camera: str
    people: int
    false_alarm_rate: float


def build_app(feed: Feed, watched: Watched) -> Starlette:
    """The preview as an ASGI application."""
    streams = _Streams(feed, watched)
    routes = [Route(path, _page(name, kind)) for path, (name, kind) in _PAGES.items()]
    routes += [Route("/live.mjpg", streams.pictures), Route("/live", streams.messages)]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(_Guard),
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False),
        ],
    )


class _Guard:
    """Adds the headers to every response, and refuses what no page of ours asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["method"] != "GET":
            return PlainTextResponse("There is nothing but GET here.", 405, {"Allow": "GET"})
        # A link to the page may stand anywhere; what the page is made of is for the page alone.
        site = Headers(scope=scope).get("sec-fetch-site", "none")
        if scope["path"] != "/" and site not in ("none", "same-origin"):
            return PlainTextResponse("Other sites get nothing here.", 403)
        return None


class _Streams:
    def __init__(self, feed: Feed, watched: Watched) -> None:
        self._feed = feed
        self._watched = watched
        self._pictured: View | None = None
        self._picture: asyncio.Future[bytes] | None = None
        self._next_picture_at = 0.0

    async def pictures(self, request: Request) -> Response:
        return self._stream(self._parts(), f"multipart/x-mixed-replace; boundary={_BOUNDARY}")

    async def messages(self, request: Request) -> Response:
        return self._stream(self._events(), "text/event-stream")

    def _stream(self, content: AsyncIterator[bytes], media_type: str) -> Response:
        if self._feed.readers >= MAX_STREAMS:
            return PlainTextResponse("Too many pages are open: close some.", 503)
        return _Stream(self._feed, content, media_type)

    async def _parts(self) -> AsyncIterator[bytes]:
        """Motion JPEG: the newest picture, ten times a second at most. A slow reader misses some."""
        # Browsers show a picture when the boundary after it has come.
        yield f"--{_BOUNDARY}\r\n".encode()
        sent: bytes | None = None
        while not self._feed.ended:
            jpeg = await self._newest()
            if jpeg is not None and jpeg is not sent:
                head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                yield head.encode() + jpeg + f"\r\n--{_BOUNDARY}\r\n".encode()
                sent = jpeg
            await asyncio.sleep(max(_POLL_SECONDS, self._next_picture_at - time.monotonic()))

    async def _newest(self) -> bytes | None:
        """The newest picture, made once for all who look, beside the event loop, and ten times a second at most."""
        view, now = self._feed.view, time.monotonic()
        if view is not None and view is not self._pictured and now >= self._next_picture_at:
            self._pictured, self._next_picture_at = view, now + _PICTURE_SECONDS
            self._picture = asyncio.ensure_future(asyncio.to_thread(picture, view.frame.rgb, view.faces))
        return await asyncio.shield(self._picture) if self._picture is not None else None

    async def _events(self) -> AsyncIterator[bytes]:
        """Server-sent events: what the page needs to begin with, then whatever changes."""
        yield b"retry: 1000\n\n" + _event("watch", asdict(self._watched))
        told = 0
        last: dict[str, Any] = {}
        while True:
            ended = self._feed.ended  # asked first, so that what came before the end is told
            for number, words in self._feed.told_after(told):
                yield _event("visit", words)
                told = number
            for name, value in self._now().items():
                if last.get(name) != value:
                    last[name] = value
                    yield _event(name, value)
            if ended:
                return
            await asyncio.sleep(_MESSAGE_SECONDS)

    def _now(self) -> dict[str, Any]:
        state, says = self._feed.state()
        view = self._feed.view
        size = (view.frame.width, view.frame.height) if view is not None else None
        return {
            "state": {"state": state, "says": says, "size": size},
            "placing": asdict(placing(self._feed.qualities())),
        }


class _Stream(StreamingResponse):
    """A stream that counts as a reader for as long as it is being sent."""

    def __init__(self, feed: Feed, content: AsyncIterator[bytes], media_type: str) -> None:
        super().__init__(content, media_type=media_type)
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._feed.reading():
            await super().__call__(scope, receive, send)


def _page(name: str, media_type: str) -> Any:
    content = files(__package__).joinpath(name).read_bytes()

    async def page(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return page


def _event(name: str, value: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False, allow_nan=False)}\n\n".encode()
