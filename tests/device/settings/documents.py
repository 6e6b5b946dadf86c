"""Configurations for tests: JSON of any kind, and such as somebody could have meant."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(st.characters(), max_size=8)
"""Halves of surrogate pairs too: JSON can hold them."""

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.sampled_from(
        ["0", "10", "0.5", "true", "1e999", "rtsp://u:p@cam/x", "gst: a ! b", "s3://b/p", "clip.mp4", "all"]
    ),
)

ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)

SECTIONS: dict[str, tuple[str, ...]] = {
    "recognition": ("false_alarm_rate", "visit_gap_seconds"),
    "alerts": ("cool_down_seconds",),
    "snapshots": ("keep", "place", "days", "megabytes"),
    "outbox": ("events", "days"),
    "strangers": ("remember", "days"),
    "records": ("days", "megabytes"),
    "preview": ("enabled", "port"),
    "status": ("interval_seconds",),
    "log": ("level", "format"),
}

_CAMERA = ("id", "source", "rate", "min_face_px", "zones", "masks", "loop")
_COLLECTION = ("id", "place", "keys", "interval_seconds")


def _objects(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(keys) | TEXTS, ANY_JSON, max_size=4) | ANY_JSON


def _many(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    items = _objects(keys)
    return st.lists(items, max_size=3) | st.dictionaries(TEXTS, items, max_size=3)


ALMOST_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "cameras": _many(_CAMERA),
        "collections": _many(_COLLECTION),
        "accessControl": ANY_JSON,
        **{section: _objects(keys) for section, keys in SECTIONS.items()},
    },
)

_names = st.text("abcXYZ019:_-", min_size=1, max_size=6)
_shares = st.floats(0, 1)
_polygons = st.lists(st.lists(_shares, min_size=2, max_size=2), min_size=3, max_size=4)
_cameras = st.fixed_dictionaries(
    {"source": st.sampled_from(["0", 0, "clip.mp4", "rtsp://u:p@cam.local:554/x", "gst: v4l2src ! videoconvert"])},
    optional={
        "rate": st.floats(0, 60) | st.just("12.5"),
        "min_face_px": st.integers(20, 1000) | st.just("40"),
        "zones": st.lists(_polygons, max_size=2),
        "masks": st.lists(_polygons, max_size=2),
        "loop": st.sampled_from([False, "false", None]),
    },
)
_collections = st.fixed_dictionaries(
    {"place": st.sampled_from(["s3://bucket/staff", "/var/lib/staff"])},
    optional={"interval_seconds": st.floats(1, 86_400) | st.just("30")},
)

GOOD_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "cameras": st.dictionaries(_names, _cameras, max_size=3),
        "collections": st.dictionaries(_names, _collections, max_size=3),
        "recognition": st.fixed_dictionaries({}, optional={"false_alarm_rate": st.floats(0.001, 0.5)}),
        "snapshots": st.fixed_dictionaries(
            {"place": st.just("s3://bucket/pictures")}, optional={"keep": st.sampled_from(["none", "unknown", "all"])}
        ),
        "strangers": st.fixed_dictionaries({}, optional={"remember": st.booleans() | st.just("true")}),
        "log": st.fixed_dictionaries({}, optional={"level": st.sampled_from(["debug", "info", "warning", "error"])}),
        "accessControl": st.just({"aws.greengrass.ipc.mqttproxy": {}}),
    },
)
"""All of them are read."""


def as_lists(document: dict[str, Any]) -> dict[str, Any]:
    """The same configuration with its cameras and collections as lists."""
    lists: dict[str, Any] = {
        section: [{"id": key, **item} for key, item in document[section].items()]
        for section in ("cameras", "collections")
        if section in document
    }
    return {**document, **lists}
