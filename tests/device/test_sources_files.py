"""Video files and folders of pictures."""

from __future__ import annotations

import itertools
import logging
import math
import os
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from argus.core.errors import ImageError, SourceError, UsageError
from argus.core.types import RgbImage
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.open_source import open_source
from argus.device.adapters.status import ReportingSource
from argus.device.adapters.video_file import VideoFile, next_media_time
from argus.device.adapters.video_writer import VideoWriter

DATA = Path(os.environ.get("ARGUS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
MTIME = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)


def decode(path: Path) -> RgbImage:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise ImageError(f"{path} cannot be read.") from error


def opened(spec: object, *, loop: bool = False, fast: bool = True, folder_fps: float = 5.0) -> ReportingSource:
    return open_source(
        str(spec),
        camera_id="hall",
        clock=SystemClock(),
        decode_image=decode,
        loop=loop,
        fast=fast,
        folder_fps=folder_fps,
    )


def grey(level: int, size: tuple[int, int] = (64, 48)) -> RgbImage:
    return np.full((size[1], size[0], 3), level, dtype=np.uint8)


def write_video(path: Path, levels: list[int], *, fps: float = 25.0) -> Path:
    with VideoWriter(path, fps=fps) as writer:
        for level in levels:
            writer.write(grey(level))
    os.utime(path, (MTIME.timestamp(), MTIME.timestamp()))
    return path


def write_noise_video(path: Path, frames: int) -> Path:
    """Every frame takes many bytes, so that a cut through the file is a cut through a frame."""
    rng = np.random.default_rng(1)
    with VideoWriter(path, fps=25.0) as writer:
        for _ in range(frames):
            writer.write(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    return path


@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_a_video_is_read_as_it_was_written(tmp_path: Path, suffix: str) -> None:
    path = write_video(tmp_path / f"a clip, größer{suffix}", [20, 60, 100, 140, 180, 220])
    frames = list(opened(path).frames())
    assert [frame.sequence for frame in frames] == list(range(6))
    assert [frame.at_seconds for frame in frames] == pytest.approx([i / 25 for i in range(6)], abs=1e-6)
    assert [frame.rgb.mean() for frame in frames] == pytest.approx([20, 60, 100, 140, 180, 220], abs=5)
    assert [(frame.captured_at - MTIME).total_seconds() for frame in frames] == pytest.approx(
        [frame.at_seconds for frame in frames], abs=1e-5
    )
    assert {frame.camera_id for frame in frames} == {"hall"}


def test_colours_are_rgb(tmp_path: Path) -> None:
    path = tmp_path / "red.avi"
    with VideoWriter(path, fps=10) as writer:
        writer.write(np.full((48, 64, 3), (250, 30, 10), dtype=np.uint8))
    [frame] = opened(path).frames()
    assert frame.rgb.reshape(-1, 3).mean(axis=0) == pytest.approx([250, 30, 10], abs=6)


def test_two_runs_give_equal_frames(tmp_path: Path) -> None:
    path = write_noise_video(tmp_path / "clip.avi", 5)
    first, second = list(opened(path).frames()), list(opened(path).frames())
    for one, other in zip(first, second, strict=True):
        assert (one.sequence, one.captured_at, one.at_seconds) == (other.sequence, other.captured_at, other.at_seconds)
        assert np.array_equal(one.rgb, other.rgb)


def test_frames_do_not_share_memory(tmp_path: Path) -> None:
    first, second, *_ = opened(write_video(tmp_path / "clip.avi", [10, 200, 10])).frames()
    assert first.rgb.mean() < 20 and second.rgb.mean() > 180


def test_a_loop_goes_on_in_number_and_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [20, 120, 220])
    source = opened(path, loop=True)
    frames = list(itertools.islice(source.frames(), 8))
    assert [frame.sequence for frame in frames] == list(range(8))
    assert [frame.at_seconds for frame in frames] == pytest.approx([i / 25 for i in range(8)], abs=1e-6)
    assert [frame.rgb.mean() for frame in frames] == pytest.approx([20, 120, 220, 20, 120, 220, 20, 120], abs=3)
    assert [(frame.captured_at - MTIME).total_seconds() for frame in frames] == pytest.approx(
        [frame.at_seconds for frame in frames], abs=1e-5
    )


@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_a_short_video_raises_no_warning(tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture) -> None:
    list(opened(write_noise_video(tmp_path / f"clip{suffix}", 30)).frames())
    assert caplog.messages == []


def test_a_video_cut_in_a_frame_gives_what_there_is_and_warns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_noise_video(tmp_path / "clip.avi", 40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with caplog.at_level(logging.WARNING):
        frames = list(opened(path).frames())
    assert 15 <= len(frames) <= 25
    [message] = caplog.messages
    assert "ends early" in message and str(path) in message


def test_a_video_without_its_index_is_refused_in_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_noise_video(tmp_path / "clip.mp4", 40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match="damaged, incomplete or of an unknown kind"):
        list(opened(path).frames())
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [b"", b"not a video at all\n" * 100])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError):
        list(opened(path).frames())


def test_closing_ends_the_frames(tmp_path: Path) -> None:
    source = opened(write_video(tmp_path / "clip.avi", [20] * 50))
    taken = 0
    for _ in source.frames():
        taken += 1
        if taken == 3:
            source.close()
            source.close()
    assert taken == 3


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50), st.floats(0.001, 1))
def test_media_time_always_increases(stated: list[float], step: float) -> None:
    """Within the times that a film can have; beyond, a step is lost in rounding."""
    now = -step
    for value in stated:
        if abs(value) > 1e9 and math.isfinite(value):
            continue
        later = next_media_time(now, value, step)
        assert later > now and math.isfinite(later)
        assert later >= -1e-9
        now = later


@given(st.lists(st.floats(0.001, 10), min_size=1, max_size=50))
def test_increasing_times_are_kept_as_they_are(gaps: list[float]) -> None:
    times = list(itertools.accumulate(gaps, initial=0.0))
    now, kept = -0.04, []
    for stated in times:
        now = next_media_time(now, stated, 0.04)
        kept.append(now)
    assert kept == times


def test_real_clip() -> None:
    path = DATA / "clips" / "short_hamilton_clip.mp4"
    if not path.is_file():
        pytest.skip("no data")
    frames = [(f.sequence, f.at_seconds, f.captured_at, f.rgb.shape, int(f.rgb.sum())) for f in opened(path).frames()]
    assert len(frames) == 275
    assert [frame[0] for frame in frames] == list(range(275))
    times = [frame[1] for frame in frames]
    assert times == sorted(set(times)) and times[-1] == pytest.approx(274 / 29.97, abs=0.01)
    assert {frame[3] for frame in frames} == {(360, 640, 3)}
    again = VideoFile(path, camera_id="hall").frames()
    assert frames == [(f.sequence, f.at_seconds, f.captured_at, f.rgb.shape, int(f.rgb.sum())) for f in again]


def picture_folder(folder: Path, levels: dict[str, int]) -> Path:
    folder.mkdir()
    for name, level in levels.items():
        Image.fromarray(grey(level)).save(folder / name)
        os.utime(folder / name, (MTIME.timestamp(), MTIME.timestamp()))
    return folder


def test_a_folder_plays_its_pictures_by_name(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "pictures", {"c.png": 200, "a.png": 50, "b.PNG": 100})
    (folder / "notes.txt").write_text("no picture")
    frames = list(opened(folder, folder_fps=4.0).frames())
    assert [int(frame.rgb.mean()) for frame in frames] == [50, 100, 200]
    assert [frame.at_seconds for frame in frames] == [0.0, 0.25, 0.5]
    assert frames[0].captured_at == MTIME


def test_an_unreadable_picture_leaves_a_gap(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = picture_folder(tmp_path / "pictures", {"a.png": 50, "c.png": 200})
    (folder / "b.png").write_bytes(b"not a picture")
    frames = list(opened(folder).frames())
    assert [frame.sequence for frame in frames] == [0, 2]
    assert len(caplog.messages) == 1 and "b.png" in caplog.text


def test_a_folder_with_nothing_to_show_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    with pytest.raises(SourceError, match="holds no pictures"):
        opened(folder)
    (folder / "a.jpg").write_bytes(b"")
    with pytest.raises(SourceError, match="None of the 1 pictures"):
        list(opened(folder).frames())


@pytest.mark.parametrize("spec", ["", "  ", "ftp://host/clip.mp4", "file:///clip.mp4"])
def test_specs_that_mean_nothing(spec: str) -> None:
    with pytest.raises(UsageError):
        opened(spec)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file or folder at .*gone\.mp4"):
        opened(tmp_path / "gone.mp4")


def test_a_path_that_cannot_be_looked_at_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be looked at \(File name too long\)"):
        opened("x" * 300)
    source = opened(write_video(tmp_path / "clip.avi", [20]))
    (tmp_path / "clip.avi").unlink()
    with pytest.raises(SourceError, match=r"clip\.avi"):
        list(source.frames())


@pytest.mark.parametrize("spec", ["0", "rtsp://user:secret@host/live"])
@pytest.mark.parametrize(("loop", "fast"), [(True, False), (False, True)])
def test_live_cameras_are_neither_looped_nor_fast(spec: str, loop: bool, fast: bool) -> None:
    with pytest.raises(UsageError) as refused:
        opened(spec, loop=loop, fast=fast)
    assert "secret" not in str(refused.value)


def test_a_video_is_written_only_under_known_endings(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.mp4 or \.avi"):
        VideoWriter(tmp_path / "clip.mkv", fps=25)


def test_a_video_in_a_missing_folder_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be written"), VideoWriter(tmp_path / "no" / "clip.avi", fps=5) as out:
        out.write(grey(10))


def test_pictures_of_other_sizes_are_fitted(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    with VideoWriter(path, fps=5) as writer:
        writer.write(grey(200, (64, 48)))
        writer.write(grey(200, (64, 24)))
    _, second = opened(path).frames()
    assert second.rgb[24, 32].mean() > 180 and second.rgb[2, 32].mean() < 20
