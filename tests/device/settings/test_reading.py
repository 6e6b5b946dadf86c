"""A configuration is read as a whole, or refused with everything that is wrong in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.device.settings.model import CameraSettings, Settings, SnapshotSettings
from argus.device.settings.reading import read_settings
from argus.device.settings.refusing import SettingsRefused
from argus.storage.open_signer import make_key_file
from tests.device.settings.documents import ALMOST_SETTINGS, ANY_JSON, GOOD_SETTINGS, as_lists

DEPLOYED = Path(__file__).parent / "deployed"


def errors_of(document: object) -> list[str]:
    with pytest.raises(SettingsRefused) as refused:
        read_settings(document)
    assert all(error in str(refused.value) for error in refused.value.errors)
    return list(refused.value.errors)


def camera(**keys: Any) -> dict[str, Any]:
    return {"cameras": [{"id": "door", "source": "0", **keys}]}


def test_nothing_given_is_the_defaults() -> None:
    assert read_settings({}) == Settings()


@given(ANY_JSON | ALMOST_SETTINGS)
def test_whatever_is_deployed_is_read_or_refused_in_sentences_of_one_line(document: object) -> None:
    try:
        read_settings(document)
    except SettingsRefused as refused:
        assert refused.errors
        assert all(error.isprintable() and ": " in error for error in refused.errors)


@given(GOOD_SETTINGS)
def test_what_was_read_is_read_again_the_same(document: dict[str, Any]) -> None:
    settings = read_settings(document)
    assert read_settings(json.loads(json.dumps(asdict(settings)))) == settings


@given(GOOD_SETTINGS)
def test_a_list_and_an_object_keyed_by_id_say_the_same(document: dict[str, Any]) -> None:
    assert read_settings(as_lists(document)) == read_settings(document)


@given(GOOD_SETTINGS)
def test_numbers_and_flags_may_come_as_text(document: dict[str, Any]) -> None:
    assert read_settings(_as_text(document)) == read_settings(document)


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    document = {
        "cameras": [
            {"id": "door", "source": "0", "rate": "fast", "zon": []},
            {"id": "a b", "min_face_px": 7.5},
            {"id": "door", "source": "1"},
            5,
        ],
        "snapshots": {"keep": "some"},
        "log": None,
        "preview": {"port": True, "enabled": "perhaps"},
        "colections": [],
    }
    assert errors_of(document) == [
        "cameras[2].id: is the id of cameras[0] already",
        "cameras[0].rate: must be a number from 0 to 60, not 'fast'",
        "cameras[0].zon: is unknown: did you mean zones?",
        "cameras[1].id: a name has 1 to 64 letters, digits and ':_-', not 'a b'",
        "cameras[1].source: must be given",
        "cameras[1].min_face_px: must be a whole number from 20 to 1000, not 7.5",
        "cameras[3]: must be an object, not 5",
        "snapshots.keep: must be one of none, unknown, all, not 'some'",
        "preview.enabled: must be true or false, not 'perhaps'",
        "preview.port: must be a whole number from 1024 to 65535, not true",
        "colections: is unknown: did you mean collections?",
    ]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ([], "the configuration: must be an object, not a list"),
        ({"cameras": "door"}, "cameras: must be a list, not 'door'"),
        (camera(rate=True), "cameras[0].rate: must be a number from 0 to 60, not true"),
        (camera(rate=61), "cameras[0].rate: must be a number from 0 to 60, not 61"),
        (camera(rate=float("nan")), "cameras[0].rate: must be a number from 0 to 60, not NaN"),
        (camera(source=["0"]), "cameras[0].source: must be text, not a list"),
        (
            camera(loop=True),
            "cameras[0]: only a file or a folder can be looped: leave out loop, or name a file or folder",
        ),
        (camera(zones=[[[0, 0], [1, 1]]]), "cameras[0].zones[0]: must have three corners or more, not 2"),
        (camera(zones=[[[0, 0], [1, 1], [0, 2]]]), "cameras[0].zones[0][2][1]: must be a number from 0 to 1, not 2"),
        (camera(masks=[[[0, 0, 0]]]), "cameras[0].masks[0][0]: must have 2 entries, not 3"),
        (
            {"cameras": {"a/b": {"source": "0"}}},
            "cameras.'a/b'.id: a name has 1 to 64 letters, digits and ':_-', not 'a/b'",
        ),
        ({"cameras": {"a": {"source": "0", "rate": -1}}}, "cameras.a.rate: must be a number from 0 to 60, not -1"),
        (
            {"cameras": {"a": {"id": "b", "source": "0"}}},
            "cameras.a.id: must be the key above it or be left out, not 'b'",
        ),
        (
            {"recognition": {"false_alarm_rate": 1}},
            "recognition.false_alarm_rate: must be a number above 0 and below 1, not 1",
        ),
        ({"outbox": {"days": 0}}, "outbox.days: must be a number above 0 and at most 365, not 0"),
        (
            {"snapshots": {"keep": "all"}},
            "snapshots: pictures that are kept need a place: give s3://bucket/prefix, or keep none",
        ),
        (
            {"collections": [{"id": "a", "place": " "}]},
            "collections[0].place: must be s3://bucket/prefix or a folder, not empty",
        ),
        (
            {"collections": [{"id": "a", "place": "gs://b/c"}]},
            "collections[0].place: must be s3://bucket/prefix or a folder",
        ),
        ({"log": {"colour": 1}}, "log.colour: is unknown; known are level, format"),
    ],
)
def test_refusals(document: object, error: str) -> None:
    assert errors_of(document) == [error]


@pytest.mark.parametrize("source", ["0", "rtsp://admin:pw@cam:554/1", "gst: v4l2src ! appsink", "/clips/a.mp4", "./0"])
def test_sources_of_every_kind(source: str) -> None:
    assert read_settings(camera(source=source)).cameras == (CameraSettings("door", source),)


@pytest.mark.parametrize("source", ["", " ", "gst: ", "ftp://cam/x", "rtsp://", "rtsp://cam/a b", "http://cam\n/x"])
def test_what_is_no_source(source: str) -> None:
    (error,) = errors_of(camera(source=source))
    assert error.startswith("cameras[0].source: must be a")


def test_keys_are_public_keys_in_pem(tmp_path: Path) -> None:
    make_key_file(tmp_path / "key")
    public, private = (tmp_path / "key.pub").read_text(), (tmp_path / "key").read_text()
    staff = {"place": "s3://bucket/staff", "keys": [public]}
    assert read_settings({"collections": {"staff": staff}}).collections[0].keys == (public,)
    (error,) = errors_of({"collections": {"staff": {**staff, "keys": [private]}}})
    assert error.startswith("collections.staff.keys[0]: it is no public key in PEM")
    assert private.splitlines()[1] not in error


def test_what_the_nucleus_keeps_beside_ours_is_no_key_of_ours() -> None:
    document = {"accessControl": {"aws.greengrass.ipc.pubsub": {"argus:1": {"operations": ["*"]}}}}
    assert read_settings(document) == Settings()


def test_null_counts_as_not_given() -> None:
    document = {"cameras": {"gone": None, "door": {"source": "0", "rate": None}}, "log": None, "outbox": {"days": None}}
    assert read_settings(document) == Settings(cameras=(CameraSettings("door", "0"),))


def test_the_order_of_cameras_changes_nothing() -> None:
    one, other = {"id": "a", "source": "0"}, {"id": "b", "source": "1"}
    assert read_settings({"cameras": [one, other]}) == read_settings({"cameras": [other, one]})


@pytest.mark.parametrize("deployed", sorted(DEPLOYED.glob("*.json")), ids=lambda path: path.stem)
def test_what_any_version_was_given_is_read_for_ever(deployed: Path) -> None:
    """A file for each version that brought keys; none is ever changed or removed."""
    settings = read_settings(json.loads(deployed.read_bytes()))
    assert [camera.id for camera in settings.cameras] == ["door"]
    assert [collection.id for collection in settings.collections] == ["staff"]


SECRET = "hunter2"


@given(
    st.sampled_from(
        [
            f"rtsp://admin:{SECRET}@cam/x",
            f"http://cam/v?password={SECRET}",
            f"s3://key:{SECRET}@bucket/x",
            f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        ]
    ),
    st.sampled_from(["id", "rate", "min_face_px", "zones", "loop", "source", "place"]),
)
def test_no_error_shows_a_secret_wherever_it_was_put(secret: str, key: str) -> None:
    for document in (
        camera(**{key: secret}),
        camera(**{key: [secret]}),
        {"collections": [{"id": "a", "place": secret, "keys": [secret], key: secret}]},
        {"snapshots": {"place": secret, "keep": secret}},
        {"cameras": secret},
    ):
        try:
            read_settings(document)
        except SettingsRefused as refused:
            assert SECRET not in str(refused)


def test_settings_hold_what_was_given() -> None:
    document = {
        "cameras": [camera(rate="12.5", zones=[[["0", 0], [1, 0], [1, "0.5"]]])["cameras"][0]],
        "snapshots": {"keep": "unknown", "place": "s3://bucket/pictures", "megabytes": "50"},
    }
    assert read_settings(document) == Settings(
        cameras=(CameraSettings("door", "0", rate=12.5, zones=(((0.0, 0.0), (1.0, 0.0), (1.0, 0.5)),)),),
        snapshots=SnapshotSettings("unknown", "s3://bucket/pictures", megabytes=50),
    )


def test_zones_masks_and_keys_may_be_objects_whose_keys_sort() -> None:
    one, two = [[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]
    listed = read_settings({"cameras": {"door": {"source": "0", "zones": [one, two], "masks": [two]}}})
    keyed = {"source": "0", "zones": {"b": two, "a": one, "c": None}, "masks": {"x": two}}
    assert read_settings({"cameras": {"door": keyed}}) == listed
    with pytest.raises(SettingsRefused, match=r"cameras\.door\.zones\[0\]"):
        read_settings({"cameras": {"door": {**keyed, "zones": {"a": one[:2]}}}})
