"""Fair timing: contenders alternate in one process on one core, and the median counts."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def pin_to_one_core() -> int | None:
    """Keeps this process on the last of its cores; None where the system cannot. Call before any thread starts."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def alternate(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int, seconds_a_turn: float
) -> dict[str, float]:
    """Median milliseconds of one call of each contender.

    Args:
        contenders: by name; each is called once before anything is timed.
        rounds: how many turns each has, one after the other, so that a slow spell of the machine hits all.
        seconds_a_turn: a turn lasts about as long, and at least one call.
    """
    for call in contenders.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            times[name].extend(_turn(call, seconds_a_turn))
    return {name: 1000 * statistics.median(values) for name, values in times.items()}


def _turn(call: Callable[[], object], seconds: float) -> list[float]:
    times: list[float] = []
    while sum(times) < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]
    lines = []
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
