"""What differs between two configurations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given

from argus.device.settings.changes import Changes, Difference, changes, configuration_version
from argus.device.settings.model import AlertSettings, CameraSettings, CollectionSettings, LogSettings, Settings
from argus.device.settings.reading import read_settings
from tests.device.settings.documents import GOOD_SETTINGS

DOOR, YARD = CameraSettings("door", "0"), CameraSettings("yard", "1")


def test_each_part_is_told_apart() -> None:
    old = Settings(cameras=(DOOR, YARD), collections=(CollectionSettings("staff", "/a"),))
    new = replace(
        old,
        cameras=(replace(DOOR, rate=5.0), CameraSettings("gate", "2")),
        collections=(CollectionSettings("staff", "/a"), CollectionSettings("visitors", "/b")),
        alerts=AlertSettings(1.0),
        log=LogSettings("debug"),
    )
    assert changes(old, new) == Changes(
        cameras=Difference(added=("gate",), removed=("yard",), changed=("door",)),
        collections=Difference(added=("visitors",)),
        sections=frozenset({"alerts", "log"}),
    )


@given(GOOD_SETTINGS, GOOD_SETTINGS)
def test_there_are_changes_exactly_between_different_settings(one: dict[str, Any], other: dict[str, Any]) -> None:
    old, new = read_settings(one), read_settings(other)
    assert not changes(old, old)
    assert bool(changes(old, new)) == (old != new)
    assert (configuration_version(old) == configuration_version(new)) == (old == new)


@given(GOOD_SETTINGS, GOOD_SETTINGS)
def test_back_again_is_the_reverse(one: dict[str, Any], other: dict[str, Any]) -> None:
    old, new = read_settings(one), read_settings(other)
    there, back = changes(old, new), changes(new, old)
    assert (there.cameras.added, there.cameras.removed) == (back.cameras.removed, back.cameras.added)
    assert (there.cameras.changed, there.sections) == (back.cameras.changed, back.sections)


def test_a_version_is_the_same_everywhere() -> None:
    settings = Settings(cameras=(DOOR,))
    assert configuration_version(settings) == configuration_version(read_settings({"cameras": {"door": {"source": 0}}}))
    assert len(configuration_version(settings)) == 16
