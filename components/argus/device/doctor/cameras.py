"""Cameras: those that are plugged in, and the one that shall be watched."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from argus.core.errors import ArgusError
from argus.core.finding import Finding, fault, note, ok, refused
from argus.device.adapters.clock import SystemClock
from argus.device.adapters.open_source import open_source
from argus.device.adapters.redact import redact_text
from argus.device.adapters.source_kind import source_kind
from argus.vision.images import read_image

_DARK = 12.0
"""Mean brightness, 0 to 255, of a picture in which nobody could be seen."""

_PICTURES = 10


@dataclass(frozen=True)
class VideoDevice:
    """A device file of a USB camera, ``/dev/video<index>``; a camera often has a second one, for its data."""

    index: int
    name: str
    may_open: bool


def find_devices(root: Path = Path("/")) -> list[VideoDevice]:
    """The video devices of this machine, by number."""
    found = []
    for path in (root / "dev").glob("video*"):
        number = path.name.removeprefix("video")
        if number.isdigit():
            name = root / "sys/class/video4linux" / path.name / "name"
            text = name.read_text(encoding="utf-8", errors="replace").strip() if name.is_file() else "no name"
            found.append(VideoDevice(int(number), text, os.access(path, os.R_OK | os.W_OK)))
    return sorted(found, key=lambda device: device.index)


def check_devices(devices: Sequence[VideoDevice], user: str) -> Iterator[Finding]:
    """USB cameras and whether this user may open them."""
    if not devices:
        yield note("cameras", "no USB camera is connected; cameras in the network are tried with --source")
    for device in devices:
        what = f"/dev/video{device.index}: {device.name}"
        if device.may_open:
            yield ok("cameras", what)
        else:
            yield fault(
                "cameras", f"{what}, which {user} may not open", f"run `sudo usermod -aG video {user}` and log in again"
            )


def check_source(spec: str) -> Iterator[Finding]:
    """Opens a source and takes some pictures."""
    shown = redact_text(spec)
    began = time.monotonic()
    try:
        recorded = source_kind(spec) == "path"
        source = open_source(spec, camera_id="doctor", clock=SystemClock(), decode_image=read_image, fast=recorded)
        try:
            frames = list(islice(source.frames(), _PICTURES))
        finally:
            source.close()
    except ArgusError as error:
        yield refused("source", error)
        return
    if not frames:
        yield fault("source", f"{shown} gave no picture", "check that it is a camera or a video")
        return
    height, width = frames[0].rgb.shape[:2]
    span = frames[-1].at_seconds - frames[0].at_seconds
    rate = f", {(len(frames) - 1) / span:.0f} pictures a second" if span > 0 else ""
    what = f"{shown}: {width} x {height}{rate}, {len(frames)} seen after {time.monotonic() - began:.1f} s"
    if frames[-1].rgb.mean() < _DARK:
        yield note("source", f"{what}; it is almost black", "take the cap off the lens, or make light")
    else:
        yield ok("source", what)
