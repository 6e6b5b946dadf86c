"""The demo's camera and clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.cli.demo.camera import Clip
from argus.cli.demo.zone import zone_name


def test_a_clip_is_shown_once_or_over_and_over() -> None:
    clip = Clip([b"0", b"1", b"2", b"3"], b"empty", fps=4.0)
    assert (clip.seconds, clip.at(100.0)) == (1.0, b"empty")
    clip.play(100.0, again=False)
    assert [clip.at(100.0 + number / 4) for number in range(6)] == [b"0", b"1", b"2", b"3", b"empty", b"empty"]
    clip.play(200.0, again=True)
    assert [clip.at(200.0 + number / 4) for number in (0, 3, 4, 9)] == [b"0", b"3", b"0", b"1"]


@pytest.mark.parametrize(
    ("variable", "linked", "name"),
    [
        ("", "Europe/Lisbon", "Europe/Lisbon"),
        (":Asia/Tokyo", "Europe/Lisbon", "Asia/Tokyo"),
        ("CET-1CEST", "Europe/Lisbon", "Europe/Lisbon"),
        ("../../etc/passwd", "Nowhere/Nothing", "UTC"),
    ],
)
def test_the_time_zone_is_the_machines_unless_tz_names_another(
    tmp_path: Path, variable: str, linked: str, name: str
) -> None:
    localtime = tmp_path / "localtime"
    localtime.symlink_to(tmp_path / "zoneinfo" / linked)
    assert zone_name({"TZ": variable}, localtime) == name


def test_a_machine_that_does_not_say_its_zone_has_utc(tmp_path: Path) -> None:
    assert zone_name({}, tmp_path / "localtime") == "UTC"
