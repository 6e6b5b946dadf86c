from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from argus.core.errors import ImageError
from argus.vision.images import MAX_FILE_BYTES, read_file, read_image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def picture() -> Image.Image:
    """48 x 32: red and green above, blue and white below, so that every way of turning it shows."""
    image = Image.new("RGB", (48, 32))
    for index, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        image.paste(colour, (24 * (index % 2), 16 * (index // 2), 24 * (index % 2) + 24, 16 * (index // 2) + 16))
    return image


HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABoQABAAAAAAAAAEAAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAA"
    "AADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkA"
    "AAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAA"
    "AAAoY2xhcAAAADAAAAABAAAAIAAAAAH////wAAAAAv///+AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAE"
    "htZGF0AAAAPCgBr1j5FOf/v31/fwqG3onO9Wx3HxRP276Fqmb/a4GOCyX8VjUP2Fglo85iJzG1mRzBm/KvSsBLpxyrgA=="
)
"""The same, as the libraries that only read HEIC cannot write it."""


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def corners(rgb: np.ndarray) -> list[tuple[int, ...]]:
    """The four quarters' colours, rounded to 0 and 255."""
    height, width = rgb.shape[:2]
    points = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [tuple(255 * (int(channel) > 127) for channel in rgb[point]) for point in points]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(picture(), "JPEG", quality=95), id="JPEG"),
        pytest.param(encoded(picture(), "JPEG", progressive=True), id="progressive JPEG"),
        pytest.param(encoded(picture().convert("CMYK"), "JPEG", quality=95), id="CMYK JPEG"),
        pytest.param(encoded(picture(), "PNG"), id="PNG"),
        pytest.param(encoded(picture().quantize(8), "PNG"), id="palette PNG"),
        pytest.param(encoded(picture().convert("RGBA"), "PNG"), id="PNG with alpha"),
        pytest.param(encoded(picture(), "WEBP", lossless=True), id="WebP"),
        pytest.param(encoded(picture(), "BMP"), id="BMP"),
        pytest.param(encoded(picture(), "PPM"), id="PPM"),
        pytest.param(
            encoded(picture(), "GIF", save_all=True, append_images=[Image.new("RGB", (48, 32))]), id="animated GIF"
        ),
    ],
)
def test_every_kind_of_picture_gives_the_same(data: bytes) -> None:
    rgb = read_image(data)
    assert rgb.dtype == np.uint8
    assert rgb.shape == (32, 48, 3)
    assert corners(rgb) == [RED, GREEN, BLUE, WHITE]


def test_heic_is_read() -> None:
    pytest.importorskip("pi_heif", reason="pi-heif is not installed")
    assert corners(read_image(HEIC)) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_obeyed(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = encoded(picture(), form, exif=exif)
    with Image.open(io.BytesIO(plain)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    rgb = read_image(plain)
    assert rgb.shape == ((48, 32, 3) if orientation >= 5 else (32, 48, 3))
    assert corners(rgb) == corners(expected)
    if orientation == 6:
        assert corners(rgb) == [BLUE, RED, WHITE, GREEN]


def test_grey_pictures_of_8_and_16_bits_are_alike() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    eight = read_image(encoded(Image.fromarray(ramp), "PNG"))
    sixteen = read_image(encoded(Image.fromarray(ramp.astype(np.uint16) << 8), "PNG"))
    np.testing.assert_array_equal(eight, sixteen)
    np.testing.assert_array_equal(eight[..., 0], ramp)
    np.testing.assert_array_equal(eight[..., 2], ramp)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_white(mode: str) -> None:
    clear = Image.new(mode, (4, 4), (0,) * len(mode))
    assert (read_image(encoded(clear, "PNG")) == 255).all()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that says it has that size, and holds nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


GOOD = encoded(picture(), "JPEG")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"hello", "not a picture", id="text"),
        pytest.param(bytes(1000), "not a picture", id="zeros"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture", id="PostScript"),
        pytest.param(GOOD[:20], "not a picture|damaged", id="first bytes"),
        pytest.param(GOOD[: len(GOOD) // 2], "damaged or cut off", id="half a JPEG"),
        pytest.param(encoded(picture(), "PNG")[:90], "damaged or cut off", id="half a PNG"),
        pytest.param(encoded(picture(), "WEBP")[:60], "not a picture|damaged", id="half a WebP"),
        pytest.param(png_of_size(50_000, 50_000), "million", id="2500 Mpx"),
        pytest.param(png_of_size(10_000, 10_000), "50 million", id="100 Mpx"),
        pytest.param(png_of_size(30_000, 10), "30000 x 10", id="long"),
        pytest.param(png_of_size(100, 100), "damaged or cut off", id="no content"),
        pytest.param(encoded(Image.new("F", (4, 4)), "PPM"), "floating-point", id="floats"),
        pytest.param(encoded(picture(), "TIFF"), "TIFF pictures are not read: save it as JPEG", id="TIFF"),
    ],
)
def test_what_cannot_be_read_is_one_clear_sentence(data: bytes, message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        read_image(data)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(
    st.sampled_from([GOOD, HEIC, *(encoded(picture(), form) for form in ("PNG", "GIF", "WEBP", "BMP"))]),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), min_size=1, max_size=4),
)
def test_damaged_files_are_read_or_refused_and_never_crash(data: bytes, edits: list[tuple[int, bytes]]) -> None:
    altered = bytearray(data)
    for position, replacement in edits:
        start = position % len(altered)
        altered[start : start + len(replacement)] = replacement
    try:
        rgb = read_image(bytes(altered))
    except ImageError:
        return
    assert rgb.dtype == np.uint8
    assert rgb.shape[2] == 3


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a b ü.jpg").write_bytes(GOOD)
    assert corners(read_image(tmp_path / "a b ü.jpg")) == [RED, GREEN, BLUE, WHITE]
    with pytest.raises(ImageError, match="No such file"):
        read_image(tmp_path / "missing.jpg")
    with pytest.raises(ImageError, match="directory"):
        read_image(tmp_path)
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(ImageError, match="64 MB"):
        read_file(tmp_path / "large")
