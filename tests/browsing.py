"""Pages in a real Chromium. The fixtures are for the conftest of a folder that has tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("ARGUS_CHROMIUM") or shutil.which("chromium")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or not Path(CHROMIUM).exists(), reason="no chromium: install it, or name it in ARGUS_CHROMIUM"
)

DESKTOP, PHONE = (1280, 800), (360, 740)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *sandbox])
        yield browser
        browser.close()


class Pages:
    """Opens pages, and holds whatever they complained of."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(self, address: str, size: tuple[int, int] = DESKTOP, scheme: Literal["dark", "light"] = "light") -> Page:
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        # The picture is a stream that never ends; with no frame yet the page is not "loaded" either.
        page.goto(address, wait_until="domcontentloaded")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    pages = Pages(browser)
    yield pages
    pages.close()
