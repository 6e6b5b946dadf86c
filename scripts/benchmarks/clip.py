"""``scripts/bench clip``: the customary loop of ``face_recognition`` against ``argus watch``, on one video."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from argus.core.errors import UsageError
from argus.core.types import Box
from scripts.benchmarks.measure import table

ROOT = Path(__file__).resolve().parents[2]
TRUTH = ROOT / "tests" / "accuracy" / "short_hamilton_visits.json"
CONTENDERS = ("customary", "argus")
WANTED = 10.0


@dataclass(frozen=True)
class Turn:
    """One contender's run over the whole clip.

    Attributes:
        frames_a_second: decoding included, loading of models left out.
        peak_mb: the process's largest resident memory.
        found: faces of the customary loop, events of Argus.
    """

    contender: str
    frames_a_second: float
    peak_mb: float
    found: list[dict[str, Any]]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "clip",
        help="a whole video, by face_recognition's customary loop and by Argus",
        description=(
            "Plays a video through face_locations, face_encodings and face_distance (every frame, tolerance 0.6) and "
            "through `argus watch`, alternating, each in a process of its own on one core; about five minutes."
        ),
    )
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ARGUS_DATA", ROOT.parent / "shared" / "data"))
    )
    parser.add_argument("--truth", type=Path, default=TRUTH, help="who is seen when (default: the short clip's)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    truth = json.loads(arguments.truth.read_text())
    clip = arguments.data / truth["clip"]
    if not clip.is_file():
        raise UsageError(f"{clip} is missing: say with --data where the pictures and clips are")
    with tempfile.TemporaryDirectory(prefix="argus-bench-") as folder:
        people = Path(folder) / "people"
        for name, photo in truth["enrolled"].items():
            (people / name).mkdir(parents=True)
            shutil.copy(arguments.data / photo, people / name)
        collection = Path(folder) / "collection"
        enrol = [sys.executable, "-m", "argus.cli.main", "enrol", "--collection", str(collection), str(people)]
        subprocess.run(enrol, check=True, stdout=subprocess.DEVNULL)
        turns = [
            _turn(contender, clip, people, collection) for _ in range(arguments.rounds) for contender in CONTENDERS
        ]
    _report(turns, missed(truth, turns[-1].found), as_json=arguments.json)
    return 0


def missed(truth: dict[str, Any], events: list[dict[str, Any]]) -> list[str]:
    """Who is seen by the truth but in no event: overlapping in time, with a box over the annotated one, or named."""
    return [
        seen["who"]
        for seen in truth["seen"]
        if not any(event["kind"] in seen["may_be"] and _is_of(event, seen) for event in events)
    ]


def _is_of(event: dict[str, Any], seen: dict[str, Any]) -> bool:
    first, last = event["span"]["first_frame"], event["span"]["last_frame"]
    if last < seen["frames"][0] or first > seen["frames"][1]:
        return False
    named = event["person"] is not None and event["person"]["name"] == seen["who"]
    return named or Box(*event["box_ltrb"]).intersection(Box(*seen["box_ltrb"])) > 0


def _turn(contender: str, clip: Path, people: Path, collection: Path) -> Turn:
    """A run in a process of its own, on the same core each time."""
    worker = [sys.executable, "-m", f"scripts.benchmarks.{contender}_loop", str(clip), str(people), str(collection)]
    done = subprocess.run(worker, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    result = json.loads(done.stdout.splitlines()[-1])
    turn = Turn(contender, result["frames"] / result["seconds"], result["peak_mb"], result["found"])
    print(f"{contender}: {turn.frames_a_second:.1f} frames a second", file=sys.stderr, flush=True)
    return turn


def _report(turns: list[Turn], absent: list[str], *, as_json: bool) -> None:
    speed = {name: statistics.median(t.frames_a_second for t in turns if t.contender == name) for name in CONTENDERS}
    memory = {name: max(t.peak_mb for t in turns if t.contender == name) for name in CONTENDERS}
    times_faster = speed["argus"] / speed["customary"]
    if as_json:
        record = {
            "times_faster": times_faster,
            "wanted": WANTED,
            "missed": absent,
            "turns": [{key: value for key, value in asdict(turn).items() if key != "found"} for turn in turns],
        }
        print(json.dumps(record))
        return
    rows = [[name, f"{speed[name]:.1f}", f"{memory[name]:.0f}"] for name in CONTENDERS]
    print(table(["loop", "frames a second", "peak MB"], rows))
    print(f"\n{times_faster:.1f} times faster (wanted: {WANTED:.0f}); visits missed: {', '.join(absent) or 'none'}")
