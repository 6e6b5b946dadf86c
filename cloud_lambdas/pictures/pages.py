"""The answers to a browser: pages from the files beside this module, and headers that let them do no more."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import TypedDict

_FOLDER = Path(__file__).with_name("files")

_OPENS = '<form method="post">'
"""Whose answer may lead to a picture."""


class Response(TypedDict):
    """As an HTTP API takes it (payload format 2.0)."""

    statusCode: int
    headers: dict[str, str]
    body: str


class Pages:
    """The pages, each named after its file.

    Args:
        pictures_origin: the scheme and host where the pictures are; browsers check it when a form's answer leads there.
    """

    def __init__(self, pictures_origin: str) -> None:
        frame, style = Template(_read("frame.html")), _read("style.css")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._pages = {}
        for path in sorted(_FOLDER.glob("*.html")):
            if path.stem != "frame":
                content = _read(path.name)
                # Where the pictures are is told to those alone who have a link.
                targets = f"'self' {pictures_origin}" if _OPENS in content else "'self'"
                self._pages[path.stem] = (_headers(f"'sha256-{digest}'", targets), _whole(frame, style, content))

    def page(self, name: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """One of the pages."""
        own, body = self._pages[name]
        content = {"Content-Type": "text/html; charset=utf-8"}
        return Response(statusCode=status, headers={**own, **content, **(headers or {})}, body=body)

    def redirect(self, address: str) -> Response:
        """Leads a form's sender on; 303, so that the browser asks there with GET."""
        return Response(statusCode=303, headers={**_headers("'none'", "'none'"), "Location": address}, body="")


def _headers(style: str, form_targets: str) -> dict[str, str]:
    policy = [
        "default-src 'none'",
        f"style-src {style}",
        "img-src data:",  # the icon
        f"form-action {form_targets}",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(policy),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",  # the token is in the page's address
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }


def _whole(frame: Template, style: str, content: str) -> str:
    heading = re.search(r"<h1>(.+)</h1>", content)
    assert heading is not None, "every page has a heading"
    return frame.substitute(title=heading[1], style=style, content=content)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
