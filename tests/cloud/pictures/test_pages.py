"""The pages say what they should to whoever reads them, and their headers let them do nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from argus.vision.model_store import ModelStore
from cloud_lambdas.pictures import pages as module
from cloud_lambdas.pictures.pages import Pages, Response
from scripts.bundling.contents import contents
from scripts.bundling.declaration import read_bundle

ORIGIN = "https://snapshots.s3.eu-central-1.amazonaws.com"
NAMES = sorted(path.stem for path in Path(module.__file__).with_name("files").glob("*.html") if path.stem != "frame")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(ORIGIN)


def policy(response: Response) -> dict[str, list[str]]:
    parts = (part.split() for part in response["headers"]["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


class Elements(HTMLParser):
    """The elements of a page with their attributes, in order; what is closed was opened last."""

    _EMPTY = ("circle", "link", "meta", "path", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self._EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._EMPTY:
            assert self._open.pop() == tag


def test_what_there_is() -> None:
    assert NAMES == ["gone", "later", "nothing", "show", "trouble"]


def test_the_bundle_carries_them(root: Path) -> None:
    folder = "cloud_lambdas/pictures/files"
    held = contents(root, read_bundle(root, "pictures"), ModelStore())
    assert {f"{folder}/{name}.html" for name in [*NAMES, "frame"]} | {f"{folder}/style.css"} <= set(held)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_whole_and_fetches_nothing(pages: Pages, name: str) -> None:
    body = pages.page(name, 200)["body"]
    assert "$" not in body
    found = Elements(body).found
    assert ("html", {"lang": "en"}) in found
    tags = [tag for tag, _ in found]
    assert tags.count("title") == tags.count("h1") == tags.count("main") == 1
    assert not {"script", "img", "iframe"} & set(tags)
    heading = re.search("<h1>(.+)</h1>", body)
    assert heading
    assert f"<title>{heading[1]} - Argus</title>" in body
    for _, attributes in found:
        assert "style" not in attributes
        assert not any(attribute.startswith("on") for attribute in attributes)
        assert str(attributes.get("href", "data:")).startswith("data:")


@pytest.mark.parametrize("name", NAMES)
def test_the_headers_of_a_page(pages: Pages, name: str) -> None:
    response = pages.page(name, 418, {"Retry-After": "1"})
    assert response["statusCode"] == 418
    headers = response["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert headers["Retry-After"] == "1"
    style = re.search("<style>(.*)</style>", response["body"], re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy(response) == {
        "default-src": ["'none'"],
        "style-src": [f"'sha256-{digest}'"],
        "img-src": ["data:"],
        "form-action": ["'self'", ORIGIN] if name in ("later", "show") else ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }


def test_a_redirect_is_no_page_and_leaves_the_token_behind(pages: Pages) -> None:
    response = pages.redirect(f"{ORIGIN}/picture")
    assert (response["statusCode"], response["body"]) == (303, "")
    assert response["headers"]["Location"] == f"{ORIGIN}/picture"
    assert response["headers"]["Referrer-Policy"] == "no-referrer"
    assert response["headers"]["Cache-Control"] == "no-store"


def colours(style: str) -> list[dict[str, str]]:
    """Of the light page and of the dark one."""
    found = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+);", block)) for block in re.findall(r":root {(.*?)}", style, re.S)
    ]
    assert len(found) == 2
    return found


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_it_can_be_read_in_light_and_in_dark(pages: Pages) -> None:
    """https://www.w3.org/TR/WCAG22/#contrast-minimum, and of what shows where the focus is."""
    style = Path(module.__file__).with_name("files").joinpath("style.css").read_text(encoding="utf-8")
    for scheme in colours(style):
        for text, ground in (("text", "card"), ("soft", "card"), ("on-button", "button"), ("on-button", "pressed")):
            assert contrast(scheme[text], scheme[ground]) >= 4.5, (text, ground)
        for shape in ("button", "focus"):
            assert contrast(scheme[shape], scheme["card"]) >= 3, shape
