"""What dlib's own CNN detector finds on 30 pictures, kept because it takes dlib a second or more for each.

Make ``tests/golden/cnn_detections.json`` anew (about two minutes; dlib's weights and the data must be there)::

    .venv/bin/python -m tests.vision.cnn_golden
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from argus.core.types import Box, Detection, RgbImage
from argus.vision.detector_dlib import DlibCnnDetector
from argus.vision.model_store import ModelStore
from tests.conftest import DATA

GOLDEN = Path(__file__).parents[1] / "golden" / "cnn_detections.json"
CLIP = "clips/short_hamilton_clip.mp4"
CLIP_FRAMES = (5, 20, 50, 82, 100, 150, 200, 211, 230, 250)
PHOTOS = (
    "alex-lacamoire.png",
    "lin-manuel-miranda.png",
    "obama.jpg",
    "obama2.jpg",
    "obama_partial_face.jpg",
    "two_people.jpg",
)
PEOPLE = 10
"""Pictures of ``lfw-dev`` at their own size; four of them doubled too."""
DOUBLED = 4


@dataclass(frozen=True)
class GoldenPicture:
    """One picture and what dlib finds on it.

    Attributes:
        file: path in the data folder.
        sha256: of the file.
        frame: number of the frame when the file is a clip.
        upsample: how often it was doubled.
        faces: dlib's answer, best first.
    """

    file: str
    sha256: str
    frame: int | None
    upsample: int
    faces: tuple[Detection, ...]

    @property
    def name(self) -> str:
        frame = "" if self.frame is None else f"#{self.frame}"
        return f"{self.file}{frame} x{2**self.upsample}"


def load() -> tuple[GoldenPicture, ...]:
    """The golden file."""
    return tuple(
        GoldenPicture(
            entry["file"],
            entry["sha256"],
            entry["frame"],
            entry["upsample"],
            tuple(Detection(Box(*face["box_ltrb"]), face["score"]) for face in entry["faces"]),
        )
        for entry in json.loads(GOLDEN.read_bytes())["pictures"]
    )


def read_picture(path: Path, frame: int | None) -> RgbImage:
    """The pixels that were looked at."""
    if frame is None:
        return np.asarray(Image.open(path).convert("RGB"))
    capture = cv2.VideoCapture(str(path))
    for _ in range(frame):
        capture.grab()
    ok, bgr = capture.read()
    assert ok, f"{path} has no frame {frame}"
    return np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8)


def _chosen(data: Path) -> Iterator[tuple[str, int | None, int]]:
    for frame in CLIP_FRAMES:
        yield CLIP, frame, 0
    for photo in PHOTOS:
        yield f"photos/{photo}", None, 0
    people = sorted(path.relative_to(data).as_posix() for path in data.glob("lfw-dev/strangers/*.jpg"))[::30]
    for person in people[:PEOPLE]:
        yield person, None, 0
    for person in people[:DOUBLED]:
        yield person, None, 1


def _make() -> None:
    detector = DlibCnnDetector(ModelStore())
    pictures = []
    for file, frame, upsample in _chosen(DATA):
        faces = detector.detect(read_picture(DATA / file, frame), upsample=upsample)
        print(f"{file} {frame} x{2**upsample}: {len(faces)}", flush=True)
        pictures.append(
            {
                "file": file,
                "sha256": hashlib.sha256((DATA / file).read_bytes()).hexdigest(),
                "frame": frame,
                "upsample": upsample,
                "faces": [{"box_ltrb": face.box.ltrb, "score": round(face.score, 6)} for face in faces],
            }
        )
    GOLDEN.write_text(
        json.dumps({"command": "python -m tests.vision.cnn_golden", "pictures": pictures}, indent=1) + "\n"
    )


if __name__ == "__main__":
    _make()
