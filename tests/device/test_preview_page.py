"""The preview's page in a real Chromium."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import DESKTOP, PHONE, Pages, needs_chromium
from tests.device.previewing import GOOD, MadeUpWatch, golden

pytestmark = needs_chromium


@pytest.fixture
def watch() -> MadeUpWatch:
    return MadeUpWatch()


def colour(page: Page) -> str:
    """Of a place in the live picture."""
    return str(
        page.evaluate(
            """() => {
                const image = document.getElementById("live"), canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [1, 1];
                const context = canvas.getContext("2d");
                context.drawImage(image, 20, 20, 1, 1, 0, 0, 1, 1);
                return context.getImageData(0, 0, 1, 1).data.join();
            }"""
        )
    )


def test_the_picture_appears_and_changes(watch: MadeUpWatch, pages: Pages) -> None:
    with watch.playing(), watch.served() as server:
        page = pages.open(server.address)
        expect(page.locator("#state")).to_have_text("Live")
        expect(page).to_have_title("porch - Argus")
        expect(page.locator("#camera")).to_have_text("porch, 2 people enrolled, false-alarm rate 1 %")
        expect(page.locator("#live")).to_have_js_property("naturalWidth", 640)
        expect(page.get_by_role("img", name="What porch sees")).to_be_visible()
        seen = set()
        for _ in range(10):
            seen.add(colour(page))
            page.wait_for_timeout(100)
        assert len(seen) > 2
    assert pages.complaints == []


def test_visits_appear_without_a_reload(watch: MadeUpWatch, pages: Pages) -> None:
    name = golden("match").person
    assert name is not None
    with watch.playing(), watch.served() as server:
        watch.tell("match", "before")
        page = pages.open(server.address)
        items = page.locator("#list li")
        expect(items).to_have_count(1)
        expect(items.first).to_contain_text(name.name)
        expect(items.first).to_contain_text("since")
        watch.tell("unknown", "now")
        expect(items).to_have_count(2)
        expect(items.first).to_contain_text("A stranger")
        expect(items.first).to_contain_text("over the threshold")
        green, red = (items.nth(index).locator(".says").evaluate("e => getComputedStyle(e).color") for index in (1, 0))
        assert green != red
        # A stranger who turns out to be somebody stays one visit; so does whoever leaves.
        watch.tell("match_revised", "now")
        expect(items.first).to_contain_text("first taken for a stranger")
        watch.tell("left", "before")
        expect(items.last).to_contain_text(", for ")
        watch.tell("uncertain", "unclear")
        expect(items.first).to_contain_text("Not sure: ")
        expect(items).to_have_count(3)
        assert page.locator("#list").get_attribute("aria-live") == "polite"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "list"
    assert pages.complaints == []


def test_names_are_text(watch: MadeUpWatch, pages: Pages) -> None:
    event = golden("match")
    assert event.person is not None
    name = "<img src=x onerror=alert(1)> Zoë 李"
    with watch.served() as server:
        watch.feed.told(replace(event, person=replace(event.person, name=name)))
        expect(pages.open(server.address).locator(".who")).to_have_text(name)
    assert pages.complaints == []


def test_what_to_change_about_the_camera(watch: MadeUpWatch, pages: Pages) -> None:
    watch.quality = replace(GOOD, face_px=48)
    with watch.playing(), watch.served() as server:
        page = pages.open(server.address)
        expect(page.locator("#advice")).to_have_text(re.compile("^Faces are 48 px wide; 50 are needed"))
        expect(page.locator("#measures dt")).to_have_text(
            ["Size", "Brightness", "Contrast", "Sharpness", "Frontal view"]
        )
        expect(page.get_by_role("img", name="not enough")).to_have_count(1)
        marks = page.locator("#measures i").evaluate_all(
            "marks => marks.map(m => (m.offsetLeft + 2) / m.parentElement.offsetWidth)"
        )
        assert marks[0] == pytest.approx(48 / 160, abs=0.02)


@pytest.mark.parametrize("size", [DESKTOP, (800, 600), PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_can_be_read(
    watch: MadeUpWatch, pages: Pages, size: tuple[int, int], scheme: Literal["dark", "light"]
) -> None:
    with watch.playing(), watch.served() as server:
        for number, name in enumerate(("match", "unknown", "uncertain", "left")):
            watch.tell(name, str(number))
        page = pages.open(server.address, size, scheme)
        expect(page.locator("#list li")).to_have_count(4)
        expect(page.locator("#measures dt")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 15
        assert min(ratio for _, ratio in contrasts) >= 4.5, [item for item in contrasts if item[1] < 4.5]
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", dark))) < 200) == (scheme == "dark")


CONTRASTS = """() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
        .map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
    };
    return [...document.querySelectorAll("body *")]
        .filter((e) => e.checkVisibility() && e.closest("#picture") === null)
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim()))
        .map((e) => [light(parse(getComputedStyle(e).color)), light(behind(e)), e])
        .map(([a, b, e]) => [e.textContent, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]);
}"""
"""Of every visible text: the ratio of its colour to what is behind it (WCAG 2; 4.5 is its level AA)."""


def test_a_lost_camera(watch: MadeUpWatch, pages: Pages) -> None:
    with watch.served() as server:
        watch.show()
        page = pages.open(server.address)
        expect(page.locator("#state")).to_have_text("Live")
        expect(page.locator("#notice")).to_be_hidden()
        watch.lose("The camera at rtsp://porch cannot be read: timeout.")
        expect(page.locator("#state")).to_have_text("Camera lost")
        expect(page.locator("#notice")).to_have_text(
            "The camera at rtsp://porch cannot be read: timeout. Argus keeps trying."
        )


def test_the_page_comes_back_by_itself(watch: MadeUpWatch, pages: Pages) -> None:
    with watch.playing(), watch.served() as server:
        watch.tell("match", "before")
        page = pages.open(server.address)
        expect(page.locator("#live")).to_have_js_property("naturalWidth", 640)
    port = int(server.address.rstrip("/").rpartition(":")[2])
    expect(page.locator("#state")).to_have_text("Ended")
    expect(page.locator("#notice")).to_contain_text("The source has ended")
    again = MadeUpWatch()
    with again.playing(), again.served(port):
        again.tell("unknown", "after")
        expect(page.locator("#state")).to_have_text("Live", timeout=15_000)
        expect(page.locator("#list li")).to_have_count(2)
        seen = set()
        for _ in range(15):
            seen.add(colour(page))
            page.wait_for_timeout(100)
        assert len(seen) > 2
