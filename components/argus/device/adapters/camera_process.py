"""The parent's side of a camera's reader process."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from argus.core.errors import SourceError
from argus.device.adapters.camera_wire import (
    FAILED,
    FRAME,
    HEADER_BYTES,
    MAX_BODY_BYTES,
    OPENED,
    Header,
    Request,
)
from argus.device.adapters.pipes import enlarge
from argus.device.adapters.source_kind import PIPELINE

_MOMENT_SECONDS = 1.0


@dataclass(frozen=True)
class RawFrame:
    """A picture as the reader sent it: BGR, and when it was captured on the machine's monotonic clock."""

    bgr: NDArray[np.uint8]
    captured_seconds: float


class CameraProcess:
    """One run of a reader process; used as a context manager, it leaves no process behind."""

    def __init__(self, request: Request) -> None:
        """Starts the process and tells it what to read."""
        self._timeout_seconds = request.timeout_seconds
        self._process = subprocess.Popen(
            (sys.executable, "-m", _program(request)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # FFmpeg prints whole URLs
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,  # Ctrl-C is the parent's business; and what it starts can be killed with it
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._output = self._process.stdin, self._process.stdout.fileno()
        enlarge(self._output)
        with suppress(BrokenPipeError):  # it ended at once: the first read says so
            self._stdin.write(request.encode())

    def __enter__(self) -> CameraProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stdin.close()
        self._wait_for_its_end()
        self.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """Ends the process, and what it started, at once; a read under way in another thread then fails.

        Safe to call twice.
        """
        # Nobody else asks how it is, so that until `__exit__` has waited its number is nobody else's.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait_until_open(self) -> None:
        """Returns when the camera is open; raises SourceError with the reason when it is not, or takes too long."""
        header, _ = self._receive()
        if header.kind != OPENED:
            raise SourceError("its reader sent something unexpected")

    def read(self) -> RawFrame:
        """The next picture; raises SourceError when the camera ends, fails, or sends none within the time-out."""
        header, body = self._receive()
        if header.kind != FRAME:
            raise SourceError("its reader sent something unexpected")
        return RawFrame(body.reshape(header.first, header.second, 3), header.seconds)

    def _wait_for_its_end(self) -> None:
        """Gives it a moment to end by itself, and to wait for what it started: else that is left to process 1."""
        deadline = time.monotonic() + _MOMENT_SECONDS
        asked = os.WEXITED | os.WNOHANG | os.WNOWAIT  # its number stays its own until it was killed
        while os.waitid(os.P_PID, self._process.pid, asked) is None and time.monotonic() < deadline:
            time.sleep(0.01)

    def _receive(self) -> tuple[Header, NDArray[np.uint8]]:
        deadline = time.monotonic() + self._timeout_seconds
        header = Header.decode(self._receive_exactly(HEADER_BYTES, deadline).tobytes())
        if header.body_bytes > MAX_BODY_BYTES:
            raise SourceError("its reader sent something unexpected")
        body = self._receive_exactly(header.body_bytes, deadline)
        if header.kind == FAILED:
            raise SourceError(body.tobytes().decode())
        return header, body

    def _receive_exactly(self, size: int, deadline: float) -> NDArray[np.uint8]:
        data = np.empty(size, dtype=np.uint8)
        rest = data.data
        while rest:
            readable, _, _ = select.select([self._output], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                raise SourceError(f"it sent nothing for {self._timeout_seconds:g} seconds")
            count = os.readv(self._output, [rest])
            if count == 0:
                raise SourceError("its reader process ended unexpectedly")
            rest = rest[count:]
        return data


def _program(request: Request) -> str:
    is_pipeline = isinstance(request.source, str) and request.source.startswith(PIPELINE)
    return "argus.device.adapters." + ("gst_reader" if is_pipeline else "camera_reader")
