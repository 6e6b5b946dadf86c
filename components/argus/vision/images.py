"""Pictures as RGB arrays, from files and bytes that nobody vouches for.

A picture is refused by its size before anything of it is unpacked. Only the formats of FORMATS are tried: some that
Pillow knows start other programs, and TIFF is read by a library that writes to stderr by itself. Orientation tags are
obeyed, transparency is put on white, 16-bit grey is reduced to 8, of an animation the first picture counts. HEIC is
read when ``pi-heif`` is installed.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from argus.core.errors import ImageError
from argus.core.types import RgbImage

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM")
EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".heic", ".heif"})
"""What to look for in a folder, in lower case; a TIFF is found so that somebody hears why it is not used."""

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""A phone's largest ordinary pictures have 48 to 50 million; as RGB that is 150 MB."""

MAX_SIDE_PX = 20_000

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
_WHITE = (255, 255, 255, 255)

_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's decoders raise on damaged files, found by feeding them such."""


def read_file(path: Path) -> bytes:
    """The bytes of a picture's file.

    Raises:
        ImageError: it cannot be read, is empty, or has more than MAX_FILE_BYTES.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImageError(f"cannot be opened: {error.strerror}; check the path and its rights") from error
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(f"the file has more than {MAX_FILE_BYTES >> 20} MB: save the picture smaller")
    return data


def read_image(source: Path | bytes) -> RgbImage:
    """A picture as ``(height, width, 3)`` uint8 RGB, the right way up.

    Raises:
        ImageError: it cannot be read, with one sentence that says why; the sentence does not name the file.
    """
    data = source if isinstance(source, bytes) else read_file(source)
    if not data:
        raise ImageError("the file is empty: copy it again")
    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as image:
            _check_size(image)
            return _rgb(image)
    except _UNREADABLE as error:
        raise ImageError(_explain(data, error)) from error


@cache
def _formats() -> tuple[str, ...]:
    """Prepares Pillow, once; what it can read."""
    # It warns of damaged tags and large pictures, which are handled here: only the verdict should be heard.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    if find_spec("pi_heif") is None:
        return FORMATS
    import_module("pi_heif").register_heif_opener()
    return (*FORMATS, "HEIF")


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise ImageError(
            f"the picture has {width} x {height} pixels: save it with at most {MAX_PIXELS // 1_000_000} million "
            f"and no side over {MAX_SIDE_PX}"
        )


def _rgb(image: Image.Image) -> RgbImage:
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):
        sixteen = np.asarray(image).astype(np.int64)
        image = Image.fromarray((np.clip(sixteen, 0, 65535) >> 8).astype(np.uint8))
    elif image.mode == "F":
        raise ImageError("it is made of floating-point numbers: save it as JPEG or PNG")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image)
    return np.asarray(image.convert("RGB"))


def _explain(data: bytes, error: BaseException) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS and "HEIF" not in _formats():
        return "HEIC pictures need the package pi-heif: install it, or save the picture as JPEG"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"the picture has more than {MAX_PIXELS // 1_000_000} million pixels: save it smaller"
    if data.startswith(_TIFF_STARTS):
        return "TIFF pictures are not read: save it as JPEG or PNG"
    if isinstance(error, UnidentifiedImageError):
        return "this is not a picture that can be read: save it as JPEG or PNG"
    return "the picture is damaged or cut off: copy it again or save it anew"
