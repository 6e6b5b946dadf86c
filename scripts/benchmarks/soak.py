"""``scripts/bench soak``: the component with two cameras, for as long as one likes; does it grow?"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from argus.core.errors import ArgusError
from scripts.benchmarks.measure import table

ROOT = Path(__file__).resolve().parents[2]

EVERY_SECONDS = 5.0

WARM_SHARE = 0.2
"""Of the time at the beginning that is not counted: buffers and caches fill then."""

FRAMES_A_SECOND = 10.0
"""Of the live camera."""


@dataclass(frozen=True)
class Sample:
    """The component at one moment, all its processes together.

    Attributes:
        resident_mb: with what its processes share counted for each.
        anonymous_mb: what is of no file, and so is nobody else's: heaps and stacks.
    """

    resident_mb: float
    anonymous_mb: float
    threads: float
    processes: float
    files: float


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "soak",
        help="memory, threads, processes and files of the Greengrass component over time, with two cameras",
        description=(
            "The built component watches a file that is played over and over and a live camera (Motion JPEG), with a\n"
            "nucleus's double, a broker and a cloud around it. The first fifth of the time is not counted."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=10.0, metavar="N", help="how long (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="argus-bench-") as folder:
        samples, events = soak(Path(folder), arguments.minutes * 60.0)
    if arguments.json:
        print(
            json.dumps({"events": events, "every_seconds": EVERY_SECONDS, "samples": [asdict(one) for one in samples]})
        )
        return 0
    rows = []
    for field in fields(Sample):
        values = [getattr(one, field.name) for one in samples]
        hours = np.arange(len(values)) * EVERY_SECONDS / 3600.0
        slope = float(np.polyfit(hours, values, 1)[0])
        shown = [values[0], values[-1], max(values)]
        rows.append([field.name, *(f"{value:.0f}" for value in shown), f"{slope:+.1f}"])
    print(table([f"{events} events", "start", "end", "most", "an hour"], rows))
    return 0


def soak(folder: Path, seconds: float) -> tuple[list[Sample], int]:
    """Samples after the warm-up, and how many events the cloud had in the end.

    Raises:
        ArgusError: the component ended by itself, or did not tell of everything.
    """
    # What only tests need, and their packages.
    from argus.device.jpeg import encode_jpeg  # noqa: PLC0415
    from models.portraits import fetch_portraits  # noqa: PLC0415
    from tests.component.clips import SPEED, busy_frames  # noqa: PLC0415
    from tests.component.site import Site  # noqa: PLC0415
    from tests.component.stage import make_stage  # noqa: PLC0415
    from tests.device.mjpeg_server import MjpegServer  # noqa: PLC0415

    portraits = fetch_portraits()
    stage = make_stage(ROOT, portraits, folder)
    every = round(25.0 * SPEED / FRAMES_A_SECOND)
    jpegs = [encode_jpeg(rgb) for rgb in list(busy_frames(portraits))[::every]]
    configuration = stage.configuration("hall")
    with MjpegServer(FRAMES_A_SECOND, lambda number: jpegs[number % len(jpegs)]) as live:
        configuration["cameras"]["door"] = {"source": live.url, "min_face_px": 60}
        with Site(folder / "site", stage.deployed, configuration) as site:
            site.component.use_environment()
            site.start()
            until = time.monotonic() + seconds
            samples = []
            while time.monotonic() < until:
                time.sleep(EVERY_SECONDS)
                if not site.component.runs:
                    raise ArgusError(f"the component ended by itself: {site.component.log[-2000:]}")
                samples.append(sample(site.component.pid))
            site.drain()
            site.assert_all_arrived()
            return samples[int(len(samples) * WARM_SHARE) :], len(site.cloud.events)


def sample(pid: int) -> Sample:
    """What a process and all below it have."""
    family = list(_family(pid))
    return Sample(
        sum(_megabytes(one, "Rss") for one in family),
        sum(_megabytes(one, "Anonymous") for one in family),
        sum(len(list(Path(f"/proc/{one}/task").iterdir())) for one in family),
        len(family),
        sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in family),
    )


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in _words(task / "children"):
            yield from _family(int(child))


def _megabytes(pid: int, name: str) -> float:
    words = _words(Path(f"/proc/{pid}/smaps_rollup"))
    return int(words[words.index(f"{name}:") + 1]) / 1024.0


def _words(path: Path) -> Sequence[str]:
    return path.read_text(encoding="ascii", errors="replace").split()
