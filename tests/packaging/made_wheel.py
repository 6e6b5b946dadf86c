"""Wheels for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from zipfile import ZipFile


def make_wheel(folder: Path, tags: str = "py3-none-any") -> tuple[Path, str]:
    """``nothing`` 1.0 for ``tags``, which installs nothing, and its sha256."""
    path = folder / f"nothing-1.0-{tags}.whl"
    metadata = {
        "METADATA": "Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\n",
        "WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n",
        "RECORD": "",
    }
    with ZipFile(path, "w") as file:
        for name, text in metadata.items():
            file.writestr(f"nothing-1.0.dist-info/{name}", text)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
