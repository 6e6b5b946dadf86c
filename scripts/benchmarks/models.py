"""``scripts/bench models``: dlib's networks on ONNX Runtime against dlib itself."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image

from argus.core.types import Detection, RgbImage
from argus.vision.chips import face_chips
from argus.vision.detector_dlib import DlibCnnDetector
from argus.vision.detector_onnx import OnnxDetector
from argus.vision.embedder_dlib import DlibEmbedder
from argus.vision.embedder_onnx import OnnxEmbedder
from argus.vision.landmarks import DlibLandmarker
from argus.vision.model_store import ModelStore
from argus.vision.scanner import PyramidScanner, face_scales
from models.portraits import fetch_portraits
from scripts.benchmarks.measure import alternate, pin_to_one_core, table

SIZE = (640, 360)
BATCH = 16


@dataclass(frozen=True)
class Result:
    """One step's cost.

    Attributes:
        dlib_ms, argus_ms: median milliseconds; dlib_ms is None where dlib has no such step.
        times_faster: their quotient.
        wanted: the quotient that is wanted at least.
        difference: what the two answers differ by at most, in words.
    """

    step: str
    dlib_ms: float | None
    argus_ms: float
    times_faster: float | None
    wanted: float | None
    difference: str | None


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "models",
        help="one chip embedded and one picture searched, by dlib and by Argus",
        description="Times dlib's networks on ONNX Runtime against dlib, alternating on one core; about half a minute.",
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each contender (default: 3)")
    parser.add_argument("--json", action="store_true", help="one JSON object a step instead of a table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the results."""
    core = pin_to_one_core()
    results = measure_all(options.rounds)
    if options.json:
        for result in results:
            print(json.dumps(asdict(result)))
        return 0
    print(f"core {core}, one thread, medians of {options.rounds} alternating turns\n")
    header = ("step", "dlib ms", "Argus ms", "times faster", "wanted", "largest difference")
    print(table(header, [_row(result) for result in results]))
    return 0


def measure_all(rounds: int) -> list[Result]:
    """All steps, on a portrait shrunk into a 640x360 picture; what is seen hardly matters for the time."""
    store = ModelStore()
    rgb = _picture()
    reference, detector, scanner = DlibCnnDetector(store), OnnxDetector(store), PyramidScanner(store)
    dlib_embedder, embedder = DlibEmbedder(store), OnnxEmbedder(store)
    box = detector.detect(rgb)[0].box
    chip = face_chips(rgb, [DlibLandmarker(store).landmarks(rgb, box)])
    batch = np.repeat(chip, BATCH, axis=0)
    region = np.ascontiguousarray(rgb[100:228, 250:378])
    scales = face_scales(80, SIZE[1])

    results = [
        _compare(
            "embed one chip",
            lambda: dlib_embedder.embed(chip),
            lambda: embedder.embed(chip),
            rounds=rounds,
            wanted=12,
            difference=f"{np.abs(dlib_embedder.embed(chip) - embedder.embed(chip)).max():.1e} in a value",
        ),
        _compare(
            "find faces (CNN), 640x360",
            lambda: reference.detect(rgb),
            lambda: detector.detect(rgb),
            rounds=rounds,
            wanted=15,
            difference=_difference(reference.detect(rgb), detector.detect(rgb)),
        ),
    ]
    own: dict[str, tuple[Callable[[], object], int]] = {
        f"embed {BATCH} chips, each": (lambda: embedder.embed(batch), BATCH),
        "scan 640x360 for faces of 80 px and more": (lambda: scanner.scan(rgb, scales), 1),
        "scan 640x360 for faces of 160 px and more": (lambda: scanner.scan(rgb, face_scales(160, SIZE[1])), 1),
        "scan 640x360 for faces of 40 px": (lambda: scanner.scan(rgb, [2.0]), 1),
        "scan 128x128 for faces of 80 px": (lambda: scanner.scan(region, [1.0]), 1),
    }
    times = alternate({step: call for step, (call, _) in own.items()}, rounds=rounds, seconds_a_turn=0.5)
    return results + [Result(step, None, times[step] / share, None, None, None) for step, (_, share) in own.items()]


def _picture() -> RgbImage:
    portrait = Image.open(fetch_portraits() / "obama2.jpg").convert("RGB")
    portrait.thumbnail(SIZE)
    canvas = Image.new("RGB", SIZE, (90, 90, 90))
    canvas.paste(portrait, ((SIZE[0] - portrait.width) // 2, 0))
    return np.asarray(canvas)


def _compare(
    step: str,
    dlib: Callable[[], object],
    argus: Callable[[], object],
    *,
    rounds: int,
    wanted: float,
    difference: str,
) -> Result:
    times = alternate({"dlib": dlib, "argus": argus}, rounds=rounds, seconds_a_turn=1.0)
    return Result(step, times["dlib"], times["argus"], times["dlib"] / times["argus"], wanted, difference)


def _difference(expected: Sequence[Detection], found: Sequence[Detection]) -> str:
    if len(expected) != len(found):
        return f"{len(expected)} and {len(found)} faces"
    pairs = list(zip(expected, found, strict=True))
    pixels = max((abs(a - b) for one, two in pairs for a, b in zip(one.box.ltrb, two.box.ltrb, strict=True)), default=0)
    score = max((abs(one.score - two.score) for one, two in pairs), default=0.0)
    return f"{pixels} px, {score:.1e} in score"


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.step,
        "" if result.dlib_ms is None else f"{result.dlib_ms:.1f}",
        f"{result.argus_ms:.2f}",
        "" if result.times_faster is None else f"{result.times_faster:.1f}",
        "" if result.wanted is None else f"{result.wanted:g}",
        result.difference or "",
    )
