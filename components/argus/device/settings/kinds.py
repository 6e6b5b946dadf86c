"""What single values of a configuration have to be, beyond their types: the annotations of :mod:`.model`.

The checks raise ValueError with a sentence that never repeats what may hold a password.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from annotated_types import Interval
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticKnownError

from argus.core.errors import SigningError, UsageError
from argus.core.topics import segment
from argus.device.adapters.source_kind import source_kind
from argus.storage.open_signer import verifier_of
from argus.storage.open_store import bucket_and_prefix, is_folder


def _not_a_flag(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticKnownError("float_type")  # pydantic takes true for 1
    return value


def _id(name: str) -> str:
    return segment(name, "name")


def _source(spec: str) -> str:
    try:
        kind = source_kind(spec)
    except UsageError as error:
        raise ValueError(
            "must be a USB index, an RTSP or HTTP URL, a GStreamer pipeline (gst: ...), a file or a folder"
        ) from error
    if kind == "url" and not _names_a_host(spec):
        raise ValueError("must be a URL with a host, in which blanks and special characters are escaped (%20)")
    return spec


def _names_a_host(url: str) -> bool:
    """Whether a URL is whole: what is not would reach logs in parts that nobody recognises as such."""
    try:
        return bool(urlsplit(url).hostname) and url.isprintable() and " " not in url
    except ValueError:
        return False


def _place(place: str) -> str:
    try:
        if place.strip() and not is_folder(place):
            bucket_and_prefix(place)
    except UsageError as error:
        raise ValueError("must be s3://bucket/prefix or a folder") from error
    return place


def _named(place: str) -> str:
    if not place.strip():
        raise ValueError("must be s3://bucket/prefix or a folder, not empty")
    return place


def _public_key(pem: str) -> str:
    try:
        verifier_of(pem, "it")
    except SigningError as error:
        raise ValueError(str(error)) from error
    return pem


def _corners(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) < 3:
        raise ValueError(f"must have three corners or more, not {len(points)}")
    return points


Number = Annotated[float, BeforeValidator(_not_a_flag)]
Count = Annotated[int, BeforeValidator(_not_a_flag)]
Share = Annotated[Number, Interval(ge=0, le=1)]
Point = tuple[Share, Share]
"""Across and down, as shares of the picture's width and height."""
Polygon = Annotated[tuple[Point, ...], AfterValidator(_corners)]
Id = Annotated[str, AfterValidator(_id)]
Source = Annotated[str, AfterValidator(_source)]
PlaceOrNone = Annotated[str, AfterValidator(_place)]
Place = Annotated[PlaceOrNone, AfterValidator(_named)]
PublicKey = Annotated[str, AfterValidator(_public_key)]
