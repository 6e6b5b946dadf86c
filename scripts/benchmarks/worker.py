"""What the two loops of ``scripts/bench clip`` have in common: a pinned process that reports one line of JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.benchmarks.measure import pin_to_one_core

Loop = Callable[[], tuple[int, list[dict[str, Any]]]]
"""Plays the clip; returns its frames and what was found."""


def report(load: Callable[[Path, Path, Path], Loop]) -> None:
    """Loads everything, plays the clip once, and prints frames, seconds, peak memory and findings.

    Args:
        load: given the clip, the folder of photos and the collection; what it does is not timed.
    """
    pin_to_one_core()
    clip, people, collection = (Path(argument) for argument in sys.argv[1:])
    loop = load(clip, people, collection)
    began = time.perf_counter()
    frames, found = loop()
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"frames": frames, "seconds": seconds, "peak_mb": peak_mb, "found": found}))
