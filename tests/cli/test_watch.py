from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image

from argus.cli.main import main
from argus.device.adapters.video_file import VideoFile

Event = dict[str, Any]
SCHEMA = Path(__file__).parents[1] / "events" / "visit.schema.json"


def test_json_is_events_and_nothing_else(collection: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["watch", "--collection", str(collection), "--source", str(clip), "--fast", "--json"]
    assert main([*arguments, "--camera", "porch", "--false-alarm-rate", "0.02"]) == 0
    output = capsys.readouterr()
    events: list[Event] = [json.loads(line) for line in output.out.splitlines()]
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for event in events:
        validator.validate(event)
    assert [(event["kind"], event["person"] and event["person"]["name"]) for event in events] == [
        ("match", "Barack Obama"),
        ("unknown", None),
        ("left", "Barack Obama"),
        ("left", None),
    ]
    assert [event["device"]["sequence"] for event in events] == [1, 2, 3, 4]
    assert {event["camera"] for event in events} == {"porch"}
    assert {event["evidence"]["false_alarm_rate"] for event in events} == {0.02}
    assert {event["collection"]["people"] for event in events} == {1}
    assert [event["span"]["first_frame"] for event in events] == pytest.approx([0, 75, 0, 75], abs=3)
    assert output.err.startswith("150 frames in ")
    assert " searched: 1 match, 1 unknown\n" in output.err


def test_lines_for_people_and_a_video_of_what_was_seen(
    collection: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seen.mp4"
    arguments = ["watch", "--collection", str(collection), "--source", str(clip), "--fast", "--annotate", str(out)]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["match", "unknown", "left", "left"]
    assert "Barack Obama" in lines[0] and ", under " in lines[0]
    assert "a stranger" in lines[1] and ", over " in lines[1]
    assert re.search(r"left +Barack Obama +frames 0-(6[5-9]|7[0-4])$", lines[2])
    plain, drawn = list(VideoFile(clip, camera_id="c").frames()), list(VideoFile(out, camera_id="c").frames())
    assert len(drawn) == len(plain) == 150
    assert [frame.at_seconds for frame in drawn] == pytest.approx([frame.at_seconds for frame in plain], abs=0.021)
    # While he is known, something green (0, 158, 115) is drawn; before anybody is named, and later, nothing is.
    assert [green_pixels(drawn[number].rgb) > 300 for number in (5, 60, 120)] == [False, True, False]


def green_pixels(rgb: Any) -> int:
    red, green, blue = (rgb[:, :, channel].astype(int) for channel in range(3))
    return int(((green - red > 90) & (green - blue > 20)).sum())


def test_a_folder_of_pictures(
    collection: Path, portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    with Image.open(portraits / "obama3.jpg") as picture:
        picture.thumbnail((480, 480))
        for number in range(12):
            picture.save(folder / f"{number:02}.jpg")
    assert main(["watch", "--collection", str(collection), "--source", str(folder), "--fast", "--json"]) == 0
    events: list[Event] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(event["kind"], event["person"]["name"]) for event in events] == [
        ("match", "Barack Obama"),
        ("left", "Barack Obama"),
    ]


def test_an_impossible_rate_is_warned_of(
    collection: Path, portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(portraits / "biden.jpg", tmp_path / "one.jpg")
    arguments = ["watch", "--collection", str(collection), "--source", str(tmp_path), "--fast", "--json"]
    assert main([*arguments, "--false-alarm-rate", "1e-9"]) == 0
    output = capsys.readouterr()
    warning, summary, _records = output.err.splitlines()
    assert warning.startswith("argus: ") and "1 frames" in summary
    assert main(arguments) == 0
    assert "more than the calibration reaches" not in capsys.readouterr().err


@pytest.fixture
def workspace(collection: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """Options that are right, in a folder with some sources that are not."""
    (tmp_path / "notes.txt").write_text("no video")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return {"--collection": str(collection), "--source": str(clip)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--collection": "nowhere"}, "there is no collection"),
        ({"--source": "nowhere.mp4"}, "There is no file or folder at nowhere.mp4"),
        ({"--source": "notes.txt"}, "cannot be opened as a video"),
        ({"--source": "empty"}, "holds no pictures"),
        ({"--source": "ftp://camera"}, "starts with rtsp://"),
        ({"--source": ""}, "A source is"),
        ({"--source": "0", "--loop": None}, "cannot be looped"),
        ({"--false-alarm-rate": "0"}, "false-alarm rate"),
        ({"--false-alarm-rate": "nan"}, "false-alarm rate"),
        ({"--min-face-px": "3"}, "smallest face"),
        ({"--visit-gap": "-1"}, "visit gap"),
        ({"--visit-gap": "nan"}, "visit gap"),
        ({"--camera": "a/b"}, "a camera id has"),
        ({"--annotate": "seen.gif"}, ".mp4"),
        ({"--annotate": "no/such/folder/seen.mp4"}, "cannot be written"),
    ],
)
def test_wrong_use_is_one_clear_sentence(
    workspace: dict[str, str | None],
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str | None],
    message: str,
) -> None:
    options = {**workspace, **changes}
    arguments = [word for option, value in options.items() for word in ([option] if value is None else [option, value])]
    assert main(["watch", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("argus: ") and output.err.count("\n") == 1
    assert message in output.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_visits_and_then_the_program(
    root: Path, collection: Path, clip: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "argus.cli.main", "watch", "--collection", str(collection), "--source", str(clip)]
    with subprocess.Popen(
        [*command, "--loop", "--json"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        first: Event = json.loads(process.stdout.readline())
        assert first["kind"] == "match"
        process.send_signal(number)
        began = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert process.returncode == 0
    rest: list[Event] = [json.loads(line) for line in out.splitlines()]
    assert [(event["kind"], event["visit_id"]) for event in rest] == [("left", first["visit_id"])]
    summary, _records = err.splitlines()
    assert " frames in " in summary and summary.endswith(": 1 match")
    with pytest.raises(ProcessLookupError):  # nobody is left of its session
        os.killpg(process.pid, 0)
