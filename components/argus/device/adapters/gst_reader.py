"""The program that reads one GStreamer pipeline, in a process of its own.

Started as ``python -m argus.device.adapters.gst_reader``; see :mod:`argus.device.adapters.reader_program`. It runs
``gst-launch-1.0``, so that neither bindings nor an OpenCV that was built with GStreamer are needed. The pipeline's
words are handed over as they are, without a shell; at its end come a conversion to BGR and a sink that writes to a
pipe. The size of the pictures is what ``gst-launch-1.0 --verbose`` says was agreed on.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from argus.device.adapters.camera_wire import MAX_BODY_BYTES, Request
from argus.device.adapters.gst_words import GST_LAUNCH, said
from argus.device.adapters.pipes import enlarge
from argus.device.adapters.reader_program import Messages, run_reader
from argus.device.adapters.source_kind import pipeline_words

_SINK = "argus"
_CAPS = f"/GstFdSink:{_SINK}.GstPad:sink: caps = video/x-raw"
_WIDTH, _HEIGHT = (re.compile(rf"\b{side}=\(int\)(\d+)") for side in ("width", "height"))

_MAX_LINES = 100
"""Of what GStreamer complains of: its first line tells most."""

_LAST_WORDS_SECONDS = 5.0
"""How long GStreamer may take to end, and to say why, after its last picture."""


class _Pipeline:
    """A run of ``gst-launch-1.0``."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        read_end, write_end = os.pipe()
        sink = ("videoconvert", "!", "video/x-raw,format=BGR", "!", "fdsink", f"name={_SINK}", f"fd={write_end}")
        self.process = subprocess.Popen(
            (GST_LAUNCH, "--verbose", "--", *words, "!", *sink),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(write_end,),
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            text=True,
            errors="replace",
        )
        os.close(write_end)
        enlarge(read_end)
        self.pictures = os.fdopen(read_end, "rb", buffering=0)
        self.sizes: list[tuple[int, int]] = []
        self.agreed = threading.Event()
        self._complaints: list[str] = []
        self._listeners = [
            threading.Thread(target=listen, args=(output,), daemon=True)
            for listen, output in ((self._note_sizes, self.process.stdout), (self._note, self.process.stderr))
        ]
        for listener in self._listeners:
            listener.start()

    def end(self) -> None:
        """Ends it at once."""
        self.process.kill()
        self.process.wait()

    def why_it_ended(self) -> str:
        """What GStreamer said last; to be asked when there are no more pictures."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_LAST_WORDS_SECONDS)
        self.end()
        for listener in self._listeners:
            listener.join(_LAST_WORDS_SECONDS)
        return said(self._complaints, self.words) or "it stopped sending pictures"

    def _note_sizes(self, output: IO[str]) -> None:
        for line in output:
            width, height = _WIDTH.search(line), _HEIGHT.search(line)
            if _CAPS in line and width and height:
                self.sizes.append((int(width[1]), int(height[1])))
                self.agreed.set()
        self.agreed.set()

    def _note(self, output: IO[str]) -> None:
        for line in output:
            if len(self._complaints) < _MAX_LINES:
                self._complaints.append(line.rstrip())


def main() -> None:
    running: list[_Pipeline] = []

    def read(request: Request, messages: Messages) -> str:
        assert isinstance(request.source, str)
        pipeline = _Pipeline(pipeline_words(request.source))
        running.append(pipeline)
        return _read(pipeline, messages)

    def let_go() -> None:
        for pipeline in running:
            pipeline.end()

    run_reader(read, let_go)


def _read(pipeline: _Pipeline, messages: Messages) -> str:
    pipeline.agreed.wait()
    if not pipeline.sizes:
        return pipeline.why_it_ended()
    width, height = pipeline.sizes[0]
    row_bytes = width * 3
    stride = -(-row_bytes // 4) * 4  # GStreamer's rows begin at multiples of four bytes
    if stride * height > MAX_BODY_BYTES:
        return f"its pictures of {width} x {height} pixels are too large: scale them down in the pipeline"
    messages.opened()
    picture = bytearray(stride * height)
    while _fill(picture, pipeline.pictures):
        captured_seconds = time.monotonic()
        if len(pipeline.sizes) > 1 and pipeline.sizes[-1] != pipeline.sizes[0]:
            return "its pictures have another size now"
        messages.frame(height, width, captured_seconds, _packed(picture, row_bytes, stride))
    return pipeline.why_it_ended()


def _fill(picture: bytearray, pictures: IO[bytes]) -> bool:
    """Reads one picture; False when there is no whole one."""
    rest = memoryview(picture)
    while rest:
        count = pictures.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            return False
        rest = rest[count:]
    return True


def _packed(picture: bytearray, row_bytes: int, stride: int) -> memoryview:
    """Without the padding at the end of each row."""
    whole = memoryview(picture)
    if row_bytes == stride:
        return whole
    return memoryview(b"".join(whole[begin : begin + row_bytes] for begin in range(0, len(picture), stride)))


if __name__ == "__main__":
    main()
