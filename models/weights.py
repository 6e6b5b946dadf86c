"""dlib's weights, out of the archive that the manifest pins."""

from __future__ import annotations

from pathlib import Path

from models.fetch import Archive, fetch
from models.manifest import BUILT, load_manifest


def fetch_weights(target: Path = BUILT) -> None:
    """Puts dlib's files into ``target``; fetches nothing when all are there and whole.

    Raises:
        ModelError: they cannot be fetched.
    """
    manifest = load_manifest()
    source = manifest.archive
    files = {entry.source: entry.sha256 for entry in manifest.weights}
    fetch(Archive(source.name, source.version, source.sha256, files), target)
