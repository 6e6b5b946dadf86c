"""Fuzzes one reader with atheris (libFuzzer): ``scripts/fuzz TARGET --help``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["argus", "models", "json", "zipfile"]):
    from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parents[2] / ".cache" / "fuzz"
SLOWEST_SECONDS = 20
MOST_MEGABYTES = 1024


def main() -> None:
    if sys.argv[1:] == ["--list"]:
        print("\n".join(TARGETS))
        return
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz",
        description=(
            "Feeds damaged input to a reader until time is up or a fault is found. What was found to be interesting "
            "is kept in .cache/fuzz/TARGET and built upon; an input that shows a fault is written beside it."
        ),
    )
    parser.add_argument("target", choices=TARGETS, help="what to fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="for how long (default: %(default)s)")
    parser.add_argument("--corpus", type=Path, help="where inputs are kept instead")
    arguments = parser.parse_args()
    corpus: Path = arguments.corpus or FOUND / arguments.target
    corpus.mkdir(parents=True, exist_ok=True)
    target = TARGETS[arguments.target]
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={arguments.seconds}",
        f"-timeout={SLOWEST_SECONDS}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-artifact_prefix={corpus.parent}/{arguments.target}-",
        f"-max_len={max(map(len, target.seeds())) * 2}",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.check)
    atheris.Fuzz()  # ends the process


if __name__ == "__main__":
    main()
