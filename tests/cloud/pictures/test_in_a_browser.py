"""A link in an alert, clicked in a real Chromium; the cloud behind it is the one on a laptop."""

from __future__ import annotations

import io
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cloud_lambdas.local.compose import LocalCloud, local_cloud
from cloud_lambdas.shared.links import Links
from tests.browsing import DESKTOP, Pages, needs_chromium

pytestmark = needs_chromium

PHONE = (390, 844)


@dataclass(frozen=True)
class Linked:
    """A link to a picture that a device may upload.

    Attributes:
        key: of the picture.
    """

    cloud: LocalCloud
    link: str
    key: str

    def upload(self, width: int) -> None:
        """The picture, so many pixels wide."""
        data = io.BytesIO()
        Image.new("RGB", (width, 40), "#385").save(data, "JPEG")
        bucket = self.cloud.outputs["SnapshotsBucket"]
        self.cloud.client("s3").put_object(Bucket=bucket, Key=self.key, Body=data.getvalue())


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with local_cloud() as cloud:
        yield cloud


@pytest.fixture
def linked(cloud: LocalCloud) -> Linked:
    outputs, key = cloud.outputs, f"snapshots/hall-1/2024/05/01/{uuid.uuid4()}.jpg"
    links = Links(cloud.client("dynamodb"), outputs["LinksTable"], outputs["PicturesUrl"], timedelta(days=1))
    return Linked(cloud, links.mint(key, datetime.now(timezone.utc)), key)


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_the_picture_is_one_click_away_and_the_link_stays_behind(linked: Linked, pages: Pages) -> None:
    linked.upload(70)
    page = pages.open(linked.link)
    expect(page).to_have_title("The picture of your alert - Argus")
    with page.expect_request(lambda request: linked.key in request.url) as asked:
        page.get_by_role("button", name="Show the picture").click()
    expect(page.locator("img")).to_have_js_property("naturalWidth", 70)
    assert urlsplit(page.url).netloc != urlsplit(linked.link).netloc
    assert "referer" not in asked.value.all_headers()
    page.go_back()
    page.get_by_role("button", name="Show the picture").click()
    expect(page.locator("img")).to_have_js_property("naturalWidth", 70)


def test_a_picture_that_comes_later_is_found_with_the_keyboard_alone(linked: Linked, pages: Pages) -> None:
    page = pages.open(linked.link)
    for _ in range(2):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
        assert heading(page) == "The picture is not here yet"
    linked.upload(71)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("img")).to_have_js_property("naturalWidth", 71)


def test_a_link_that_is_not_whole(linked: Linked, pages: Pages) -> None:
    page = pages.open(linked.link[:-1])
    assert heading(page) == "This link leads nowhere"
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE, (320, 480)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits(linked: Linked, pages: Pages, size: tuple[int, int], scheme: Literal["dark", "light"]) -> None:
    page = pages.open(linked.link, size, scheme)
    expect(page.get_by_role("button")).to_be_in_viewport(ratio=1)
    button = page.get_by_role("button").bounding_box()
    assert button is not None
    assert button["height"] >= 44, "for a thumb"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (red + green + blue > 600) == (scheme == "light"), "the style is in force"
    assert pages.complaints == []


def test_a_look_from_afar_says_that_there_is_a_page(linked: Linked) -> None:
    with urllib.request.urlopen(urllib.request.Request(linked.link, method="HEAD")) as answer:
        assert answer.status == 200
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.read() == b""
