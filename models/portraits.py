"""Portraits of two U.S. officials, for the demo and the tests: from the archive of ``face_recognition``, never in git.

Run as ``python -m models.portraits`` to fetch them ahead.
"""

from __future__ import annotations

from pathlib import Path

from models.fetch import Archive, fetch

FOLDER = Path(__file__).resolve().parent.parent / ".cache" / "portraits"

_PORTRAITS = {
    "biden.jpg": "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
    "obama.jpg": "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
    "obama2.jpg": "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
    "obama3.jpg": "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
    "obama_partial_face.jpg": "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    "obama_partial_face2.jpg": "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
}

ARCHIVE = Archive(
    project="face_recognition",
    version="1.3.0",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    files={f"face_recognition-1.3.0/tests/test_images/{name}": sha256 for name, sha256 in _PORTRAITS.items()},
)


def fetch_portraits(folder: Path = FOLDER) -> Path:
    """The folder with ``obama.jpg``, ``biden.jpg`` and so on; fetched when they are not there yet.

    Raises:
        ModelError: they cannot be fetched.
    """
    fetch(ARCHIVE, folder)
    return folder


if __name__ == "__main__":
    fetch_portraits()
