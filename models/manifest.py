"""``models/manifest.json``: which files there are, where each comes from, and its sha256.

The loader on the device (:mod:`argus.vision.model_store`) reads a copy that lies beside the files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from argus.vision.model_store import MANIFEST
from models.fetch import Archive

MANIFEST_PATH = Path(__file__).with_name(MANIFEST)
BUILT = Path(__file__).with_name("built")


@dataclass(frozen=True)
class Entry:
    """One model file.

    Attributes:
        size: bytes.
        source: the archive's member it is copied from, or what it is converted from.
        model_ids: the ids of the embeddings (or detections) that it makes.
    """

    name: str
    size: int
    sha256: str
    licence: str
    source: str
    model_ids: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """The whole manifest: ``weights`` are dlib's own files, ``converted`` what is made here."""

    archive: Archive
    weights: tuple[Entry, ...]
    converted: tuple[Entry, ...]


def load_manifest(path: Path = MANIFEST_PATH) -> Manifest:
    """The repository's manifest; it is part of the program, so a fault in it is a bug."""
    document = json.loads(path.read_bytes())
    entries = tuple(
        Entry(
            name, facts["bytes"], facts["sha256"], facts["licence"], facts["source"], tuple(facts.get("model_ids", ()))
        )
        for name, facts in document["files"].items()
    )
    weights = tuple(entry for entry in entries if entry.name.endswith(".dat"))
    archive = document["archive"]
    return Manifest(
        Archive(
            archive["project"], archive["version"], archive["sha256"], {entry.source: entry.sha256 for entry in weights}
        ),
        weights,
        tuple(entry for entry in entries if entry not in weights),
    )
