"""``python -m models``: fetches dlib's weights and converts them; at once when that was done before."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from argus.core.errors import ArgusError
from models.convert import convert, is_complete
from models.fetch import fetch
from models.manifest import BUILT, load_manifest

_EXAMPLES = """\
examples:
  python -m models                        make models/built, or say nothing when it is whole
  python -m models --directory /opt/argus/models
                                          make them elsewhere (then set ARGUS_MODELS to it)
  python -m models --check                exit code 1 when a file is missing or damaged; changes nothing
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: the models are there; 1: they are not and could not be made."""
    parser = argparse.ArgumentParser(
        prog="python -m models",
        description="Fetches dlib's weights (about 100 MB, once), checks them and converts them to ONNX.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--directory", type=Path, default=BUILT, help="where the files go (default: models/built)")
    parser.add_argument("--check", action="store_true", help="only check the files that are there")
    options = parser.parse_args(arguments)
    try:
        return _check(options.directory) if options.check else _make(options.directory)
    except ArgusError as error:
        print(f"argus: {error}", file=sys.stderr)
        return 1


def _make(directory: Path) -> int:
    manifest = load_manifest()
    if is_complete(directory, manifest):
        return 0
    fetch(manifest.archive, directory)
    print("argus: converting the networks to ONNX", file=sys.stderr, flush=True)
    convert(directory, manifest)
    return 0


def _check(directory: Path) -> int:
    complete = is_complete(directory, load_manifest())
    print(f"{directory}: " + ("all models are whole" if complete else "incomplete or damaged, run `python -m models`"))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
