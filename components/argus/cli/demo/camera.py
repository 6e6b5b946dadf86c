"""A network camera that shows a rendered clip: Motion JPEG over HTTP on 127.0.0.1, in a process of its own.

Run with the folder of the portraits as its argument, it prints its address, and ``ready`` with the clip's seconds once
that is rendered. It shows the empty room until it reads ``once`` (the clip, then the empty room again) or ``again``
(over and over), and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argus.rehearsal.scenario import Portrait, Scenario

_BOUNDARY = "argus"


class Clip:
    """Pictures, and which of them is shown at a time; the empty room is the first without anybody.

    Args:
        pictures: JPEGs.
        empty: the picture of the empty room.
    """

    def __init__(self, pictures: Sequence[bytes], empty: bytes, fps: float) -> None:
        self._pictures, self._empty = pictures, empty
        self._fps = fps
        self._playing: tuple[float, bool] | None = None

    @property
    def pause_seconds(self) -> float:
        """Between two pictures."""
        return 1.0 / self._fps

    @property
    def seconds(self) -> float:
        """From the first picture to the end of the last."""
        return len(self._pictures) / self._fps

    def play(self, now_seconds: float, *, again: bool) -> None:
        """From the beginning, once or over and over; ``now_seconds`` is monotonic."""
        self._playing = now_seconds, again

    def at(self, now_seconds: float) -> bytes:
        """What is shown at a monotonic time."""
        if self._playing is None:
            return self._empty
        began_seconds, again = self._playing
        number = int((now_seconds - began_seconds) * self._fps)
        if again:
            number %= len(self._pictures)
        return self._pictures[number] if number < len(self._pictures) else self._empty


def main() -> None:
    clip: list[Clip] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", f"multipart/x-mixed-replace;boundary={_BOUNDARY}")
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                _stream(self.wfile, clip[0])

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads who looked."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
        clip.append(_rendered(Path(sys.argv[1])))  # whoever connects meanwhile waits
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"ready {clip[0].seconds}", flush=True)
        for line in sys.stdin:
            clip[0].play(time.monotonic(), again=line.strip() == "again")
        server.shutdown()


def _stream(output: BufferedIOBase, clip: Clip) -> None:
    while True:
        picture = clip.at(time.monotonic())
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        output.write(head.encode() + picture + b"\r\n")
        output.flush()
        time.sleep(clip.pause_seconds)


def _rendered(portraits: Path) -> Clip:
    from argus.device.jpeg import encode_jpeg
    from argus.rehearsal.render import render

    scenario = _scenario(portraits)
    pictures, empty = [], b""
    for rendered in render(scenario):
        pictures.append(encode_jpeg(rendered.frame.rgb, quality=90))
        if not rendered.truth and not empty:
            empty = pictures[-1]
    return Clip(pictures, empty, scenario.fps)


def _scenario(portraits: Path) -> Scenario:
    from argus.rehearsal.scenarios import demo_scenario

    enrolled = [_portrait(portraits / name) for name in ("obama2.jpg", "obama3.jpg")]
    return demo_scenario(enrolled, [_portrait(portraits / "biden.jpg")])


def _portrait(photo: Path) -> Portrait:
    from argus.enrolment.compose import photo_analyser
    from argus.rehearsal.scenario import Portrait
    from argus.vision.images import read_image

    rgb = read_image(photo)
    largest = max(photo_analyser().faces(rgb), key=lambda read: read.face.box.area)
    return Portrait(photo.stem, rgb, largest.face.box)


if __name__ == "__main__":
    main()
