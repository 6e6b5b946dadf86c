"""What ``argus inspect`` does: the numbers of every face, straight from the networks."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from threading import Lock

from argus.cli.workers import workers
from argus.core.errors import ImageError
from argus.core.ports import Detector, Embedder
from argus.core.types import Face, Vector
from argus.vision.analyser import BoundedDetector, FaceAnalyser
from argus.vision.detector_dlib import DlibCnnDetector, DlibHogDetector
from argus.vision.detector_onnx import OnnxDetector
from argus.vision.embedder_dlib import DlibEmbedder
from argus.vision.embedder_onnx import OnnxEmbedder
from argus.vision.faces import FaceReader
from argus.vision.images import read_image
from argus.vision.landmarks import DlibLandmarker
from argus.vision.model_store import ModelStore


@dataclass(frozen=True, eq=False)
class Inspected:
    """One picture's faces with their plain embeddings."""

    path: Path
    width: int
    height: int
    faces: tuple[tuple[Face, Vector], ...]


def inspect_all(
    paths: Sequence[Path], detector: str, engine: str, upsample: int
) -> Iterator[tuple[Path, Inspected | ImageError]]:
    """Every picture, or why it cannot be read, in order, on all cores that there is memory for.

    Args:
        detector: ``cnn`` or ``hog``.
        engine: ``onnx`` or ``dlib``.
        upsample: how many times pictures are doubled first.

    Raises:
        ModelError: a model file is missing or damaged.
    """
    inspect = partial(_inspect, detector, engine, upsample)
    with _pool(workers(len(paths)), in_dlib=detector == "hog" or engine == "dlib") as pool:
        yield from pool.map(inspect, paths)


def _pool(workers: int, *, in_dlib: bool) -> Executor:
    """dlib keeps Python's lock while it computes, so it needs processes; ONNX Runtime lets it go, and threads do."""
    if not in_dlib or workers == 1:
        return ThreadPoolExecutor(workers)
    # Ctrl-C is for the parent, who ends the others.
    return ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))


def _inspect(detector: str, engine: str, upsample: int, path: Path) -> tuple[Path, Inspected | ImageError]:
    analyser = _analyser(detector, engine)
    try:
        rgb = read_image(path)
    except ImageError as error:
        return path, error
    faces = analyser.faces(rgb, upsample=upsample)
    found = tuple((read.face, vector) for read, vector in zip(faces, analyser.vectors(faces), strict=True))
    return path, Inspected(path, rgb.shape[1], rgb.shape[0], found)


def _analyser(detector: str, engine: str) -> FaceAnalyser:
    with _LOADING:
        return _load_analyser(detector, engine)


_LOADING = Lock()


@cache
def _load_analyser(detector: str, engine: str) -> FaceAnalyser:
    """What looks at pictures, with the plain embedding; loaded once a process."""
    store = ModelStore()
    embedder: Embedder = OnnxEmbedder(store) if engine == "onnx" else DlibEmbedder(store)
    bounded = BoundedDetector(_detector(detector, engine, store))
    return FaceAnalyser(bounded, FaceReader(DlibLandmarker(store)), embedder)


def record(inspected: Inspected) -> dict[str, object]:
    """A picture as ``--json`` prints it."""
    return {
        "image": str(inspected.path),
        "width": inspected.width,
        "height": inspected.height,
        "faces": [
            {
                "box_ltrb": face.box.ltrb,
                "score": face.score,
                "quality": asdict(face.quality),
                "embedding": vector.tolist(),
            }
            for face, vector in inspected.faces
        ],
    }


def lines(inspected: Inspected) -> Iterator[str]:
    """A picture as a person likes to read it."""
    count = len(inspected.faces)
    yield f"{inspected.path}: {inspected.width} x {inspected.height}, {count or 'no'} face{'' if count == 1 else 's'}"
    for face, _ in inspected.faces:
        left, top, right, bottom = face.box.ltrb
        quality = face.quality
        yield (
            f"  score {face.score:5.2f}  quality {quality.score:4.2f}: {quality.face_px} px, "
            f"sharpness {quality.sharpness:.2f}, brightness {quality.brightness:.2f}, "
            f"contrast {quality.contrast:.2f}, frontality {quality.frontality:.2f}  "
            f"at {left},{top} to {right},{bottom}"
        )


def _detector(name: str, engine: str, store: ModelStore) -> Detector:
    if name == "hog":
        return DlibHogDetector()
    return OnnxDetector(store) if engine == "onnx" else DlibCnnDetector(store)
