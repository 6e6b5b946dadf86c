"""When a configuration is read, which one is in force, and what a refused one changes: nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from argus.core.errors import UsageError
from argus.device.program.configuration import Configuration, read_file
from argus.device.program.log_level import LogLevel
from argus.device.program.noticing import LOOK_SECONDS, QUIET_SECONDS, Noticing
from argus.device.settings.model import LogSettings, Settings
from argus.device.settings.reading import read_settings
from argus.device.settings.refusing import SettingsRefused
from argus.device.transport import TransportError

GOOD: dict[str, Any] = {"cameras": [{"id": "door", "source": "0"}]}
BETTER: dict[str, Any] = {"cameras": [{"id": "door", "source": "1"}]}
BAD: dict[str, Any] = {"cameras": [{"id": "door"}], "log": {"level": "loud"}, "a": 1, "b": 2}


class Deployment:
    """What is deployed."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.out_of_reach = False

    def __call__(self) -> object:
        if self.out_of_reach:
            raise TransportError("the nucleus has not answered")
        return self.document


def taken(configuration: Configuration) -> Settings:
    """What is in force after a look."""
    settings = configuration.look()
    if settings is not None:
        configuration.accept(settings)
    return configuration.settings


def test_what_is_good_is_in_force_and_outlasts_a_restart(tmp_path: Path) -> None:
    deployment = Deployment(GOOD)
    configuration = Configuration(tmp_path, deployment)
    assert configuration.settings == Settings() and taken(configuration) == read_settings(GOOD)
    assert configuration.look() is None  # nothing new
    assert Configuration(tmp_path, deployment).settings == read_settings(GOOD)


def test_what_is_refused_changes_nothing_and_is_said_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    deployment = Deployment(GOOD)
    configuration = Configuration(tmp_path, deployment)
    taken(configuration)
    version = configuration.state().version
    deployment.document = BAD
    assert taken(configuration) == read_settings(GOOD)
    state = configuration.state()
    assert state.version == version and (state.refused or "").endswith("; and 1 more")
    assert sum("configuration: " in record.getMessage() for record in caplog.records) == 4
    taken(configuration)
    assert sum("configuration: " in record.getMessage() for record in caplog.records) == 4  # once
    assert taken(Configuration(tmp_path, deployment)) == read_settings(GOOD)
    deployment.document = BETTER
    assert taken(configuration) == read_settings(BETTER) and configuration.state().refused is None


def test_without_a_good_one_there_is_nothing_to_go_on_with(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    configuration = Configuration(tmp_path, Deployment(BAD))
    assert taken(configuration) == Settings() and configuration.state().refused
    assert "there is none to go on with" in caplog.text
    assert not configuration.known
    deployment = Deployment({})
    configuration = Configuration(tmp_path, deployment)
    assert taken(configuration) == Settings() and configuration.known


def test_what_is_kept_is_known(tmp_path: Path) -> None:
    taken(Configuration(tmp_path, Deployment(GOOD)))
    configuration = Configuration(tmp_path, Deployment(BAD))
    assert taken(configuration) == read_settings(GOOD) and configuration.known


def test_what_cannot_be_used_is_refused_as_well(tmp_path: Path) -> None:
    configuration = Configuration(tmp_path, Deployment(GOOD))
    assert configuration.look() == read_settings(GOOD)
    configuration.refuse(UsageError("the folder holds something else: name another one"))
    assert "name another one" in (configuration.state().refused or "")
    assert configuration.settings == Settings()


def test_what_cannot_be_read_now_is_no_refusal(tmp_path: Path) -> None:
    deployment = Deployment(GOOD)
    configuration = Configuration(tmp_path, deployment)
    taken(configuration)
    deployment.out_of_reach = True
    with pytest.raises(TransportError):
        configuration.look()
    assert configuration.settings == read_settings(GOOD) and configuration.state().refused is None


def test_what_cannot_be_kept_counts_nevertheless(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    configuration = Configuration(tmp_path / "file", Deployment(GOOD))
    assert taken(configuration) == read_settings(GOOD)
    assert "would not outlast a restart" in caplog.text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "cannot be read"), (b"{", "not JSON .line 1"), (b"\xff", "not JSON"), (b"[" * 10**5, "not JSON")],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    path = tmp_path / "device.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsRefused, match=complaint):
        read_file(path)


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def reads(self, noticing: Noticing, seconds: float) -> list[float]:
        """When it is read within so many seconds."""
        began, read = self.seconds, []
        while self.seconds < began + seconds:
            if noticing.due():
                read.append(self.seconds - began)
            self.seconds += 0.25
        return read


def test_a_burst_of_changes_is_read_once_when_it_is_over() -> None:
    time, woken = Time(), []
    noticing = Noticing(None, time, lambda: woken.append(1))
    for _ in range(10):
        noticing.changed()
        assert not noticing.due()
        time.seconds += QUIET_SECONDS / 2
    assert time.reads(noticing, 60) == [QUIET_SECONDS / 2] and len(woken) == 10


def test_changes_without_end_are_read_nevertheless() -> None:
    time = Time()
    noticing, read = Noticing(None, time, lambda: None), 0
    for _ in range(200):
        noticing.changed()
        read += noticing.due()
        time.seconds += QUIET_SECONDS / 2
    assert read in (9, 10)  # in 100 seconds


def test_it_is_read_every_now_and_then_at_once_and_again() -> None:
    time = Time()
    noticing = Noticing(None, time, lambda: None)
    assert time.reads(noticing, 2 * LOOK_SECONDS + 1) == [LOOK_SECONDS, 2 * LOOK_SECONDS]
    noticing.now()
    assert noticing.due() and not noticing.due()
    noticing.again(5.0)
    assert time.reads(noticing, 20) == [5.0]


def test_a_file_that_changes_comes_and_goes(tmp_path: Path) -> None:
    time, path = Time(), tmp_path / "device.json"
    noticing = Noticing(path, time, lambda: None)
    assert time.reads(noticing, 10) == []
    for content in ({}, GOOD, BETTER):
        path.write_text(json.dumps(content))
        assert time.reads(noticing, 10) == [QUIET_SECONDS]
    path.unlink()
    assert time.reads(noticing, 10) == [QUIET_SECONDS]


def test_another_level_of_the_log_for_some_minutes() -> None:
    time, levels = Time(), list[str]()
    level = LogLevel(lambda settings: levels.append(f"{settings.level} {settings.format}"), time)
    level.configured(LogSettings("warning", "json"))
    level.say("debug", minutes=1.0)
    level.tick()
    time.seconds += 60
    level.tick()
    level.tick()
    assert levels == ["warning json", "debug json", "warning json"]
    level.say("info", None)
    time.seconds += 10**6
    level.tick()
    level.configured(LogSettings("error"))
    assert levels[3:] == ["info json", "error text"]
