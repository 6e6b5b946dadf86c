"""Videos and cameras that fail: what there is to see is seen, and one sentence tells of the rest."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from argus.device.adapters.video_file import VideoFile
from argus.device.adapters.video_writer import VideoWriter
from argus.vision.images import read_image
from tests.device.mjpeg_server import MjpegServer, jpeg
from tests.faults.conftest import Run
from tests.faults.matroska import matroska

FRAMES = 20


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    """An enrolled man; Motion JPEG, so that every frame can be seen by itself."""
    path = tmp_path_factory.mktemp("video") / "visit.avi"
    rgb = read_image(portraits / "obama.jpg")[::2, ::2]
    with VideoWriter(path, fps=10) as writer:
        for _ in range(FRAMES):
            writer.write(rgb)
    return path


def test_a_video_cut_in_the_middle_of_a_frame(run: Run, people: Path, video: Path, tmp_path: Path) -> None:
    data = video.read_bytes()
    path = tmp_path / "cut, größer.avi"
    path.write_bytes(data[: len(data) // 2])
    answer = run("watch", "--collection", people, "--source", path, "--fast")
    assert answer.code == 0
    (message,) = answer.messages
    assert path.name in message and "ends early" in message
    assert [line.split()[1:3] for line in answer.out.splitlines()] == [["match", "Obama"], ["left", "Obama"]]


@pytest.mark.parametrize("content", [b"", b"This is no film.\n" * 100, b"\x00\x00\x00\x1cftypisom" + bytes(500)])
def test_what_is_no_video(run: Run, people: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    answer = run("watch", "--collection", people, "--source", path, "--fast")
    assert (answer.code, answer.out) == (2, "")
    (message,) = answer.messages
    assert str(path) in message and "damaged" in message


def test_a_variable_frame_rate(run: Run, people: Path, portraits: Path, tmp_path: Path) -> None:
    """Each frame has the time that the film gives it, whatever the average is."""
    times = [0, 40, 50, 400, 1000, 1010, 2500, 2540, 4000]
    film = tmp_path / "film.mkv"
    portrait = (portraits / "obama.jpg").read_bytes()
    film.write_bytes(matroska([portrait] * len(times), times, (910, 1137)))
    frames = list(VideoFile(film, camera_id="c").frames())
    assert [frame.at_seconds * 1000 for frame in frames] == pytest.approx(times, abs=0.5)
    answer = run("watch", "--collection", people, "--source", film, "--fast")
    assert (answer.code, answer.messages) == (0, [])
    assert [line.split()[1:3] for line in answer.out.splitlines()] == [["match", "Obama"], ["left", "Obama"]]


def test_times_that_go_back(run: Run, people: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(matroska([jpeg(number) for number in range(5)], [0, 500, 100, 100, 700], (64, 48)))
    answer = run("watch", "--collection", people, "--source", film, "--fast")
    assert (answer.code, answer.messages) == (0, [])


class Watch:
    """``argus watch`` of a camera, and what it writes to stderr as it comes."""

    def __init__(self, people: Path, url: str) -> None:
        command = [sys.executable, "-m", "argus.cli.main", "watch", "--collection", str(people), "--source", url]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))

    def next_line(self, seconds: float = 40) -> str:
        return self._lines.get(timeout=seconds)

    def next_line_with(self, text: str) -> str:
        """Skips the repeated attempts at a camera that is away."""
        while True:
            line = self.next_line()
            if text in line:
                return line
            assert "Trying again" in line, line

    def quiet(self, seconds: float) -> bool:
        try:
            self.next_line(seconds)
        except Empty:
            return True
        return False


@pytest.fixture
def camera() -> Iterator[MjpegServer]:
    with MjpegServer() as server:
        yield server


def test_a_camera_that_vanishes_hangs_and_returns(people: Path, camera: MjpegServer) -> None:
    watch = Watch(people, camera.url)
    try:
        assert camera.asked.wait(40) and watch.quiet(3)
        camera.stop()
        lost = watch.next_line()
        assert re.fullmatch(r"argus: The camera at http://\S+ cannot be read: .*Trying again in [\d.]+ seconds\.", lost)
        camera.start()
        watch.next_line_with("is connected")
        camera.hanging.set()
        assert "sent nothing for 10 seconds" in watch.next_line()
        camera.hanging.clear()
        watch.next_line_with("is connected")
        watch.process.send_signal(signal.SIGTERM)
        assert re.search(r"\d+ frames in .* nobody", watch.next_line())
        assert "records are kept" in watch.next_line()
        assert watch.process.wait(10) == 0
    finally:
        watch.process.kill()
        watch.process.communicate()


def test_a_camera_that_was_never_there(run: Run, people: Path) -> None:
    with MjpegServer() as gone:
        url = gone.url
    answer = run("watch", "--collection", people, "--source", url.replace("://", "://admin:secret@"))
    assert (answer.code, answer.out) == (2, "")
    (message,) = answer.messages
    assert "cannot be opened; check that it is switched on" in message and "secret" not in message


def test_a_usb_camera_that_is_not_there(run: Run, people: Path) -> None:
    answer = run("watch", "--collection", people, "--source", "63")
    assert (answer.code, answer.out) == (2, "")
    (message,) = answer.messages
    assert "USB camera 63 cannot be read" in message and "argus doctor" in message


def test_a_link_to_a_picture_that_is_gone(run: Run, people: Path, portraits: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for number in range(3):
        shutil.copy(portraits / "obama.jpg", tmp_path / "a" / f"{number}.jpg")
    (tmp_path / "a" / "1.jpg").unlink()
    (tmp_path / "a" / "1.jpg").symlink_to(tmp_path / "nowhere.jpg")
    answer = run("watch", "--collection", people, "--source", tmp_path / "a", "--fast")
    assert (answer.code, answer.messages) == (0, [])
