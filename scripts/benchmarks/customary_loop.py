"""The loop that face_recognition's users write, as a worker of ``scripts/bench clip``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import face_recognition
import numpy as np

from scripts.benchmarks.worker import Loop, report

TOLERANCE = 0.6


def load(clip: Path, people: Path, _collection: Path) -> Loop:
    photos = sorted(people.glob("*/*"))
    known = [face_recognition.face_encodings(face_recognition.load_image_file(photo))[0] for photo in photos]

    def loop() -> tuple[int, list[dict[str, Any]]]:
        capture, frames = cv2.VideoCapture(str(clip)), 0
        found: list[dict[str, Any]] = []
        while True:
            read, bgr = capture.read()
            if not read:
                return frames, found
            rgb = np.ascontiguousarray(bgr[:, :, ::-1])
            locations = face_recognition.face_locations(rgb)
            for encoding in face_recognition.face_encodings(rgb, locations):
                distances = face_recognition.face_distance(known, encoding)
                nearest = int(np.argmin(distances))
                name = photos[nearest].parent.name if distances[nearest] <= TOLERANCE else None
                found.append({"frame": frames, "name": name})
            frames += 1

    return loop


if __name__ == "__main__":
    report(load)
