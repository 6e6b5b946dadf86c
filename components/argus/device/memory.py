"""How much memory is taken, and how much may still be."""

from __future__ import annotations

from pathlib import Path

_UNKNOWN_BYTES = 1 << 30
"""Assumed where the system does not say."""


def free_bytes(root: Path = Path("/")) -> int:
    """What the machine has free, or less where a control group sets a limit.

    Args:
        root: below which ``proc`` and ``sys`` lie.
    """
    machine = _lines(root / "proc/meminfo").get("MemAvailable:", _UNKNOWN_BYTES >> 10) << 10
    group = root / "sys/fs/cgroup"
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if limit is None or used is None:
        return machine
    # The page cache counts as used and gives way.
    cached = _lines(group / "memory.stat").get("inactive_file", 0)
    return max(0, min(machine, limit - used + cached))


def taken_bytes(root: Path = Path("/")) -> int:
    """What this process has in memory (its resident set); 0 where the system does not say."""
    return _lines(root / "proc/self/status").get("VmRSS:", 0) << 10


def _lines(path: Path) -> dict[str, int]:
    """The first two words of each line; empty where there is no such file."""
    try:
        words = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError):
        return {}
    return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdigit()}


def _number(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdigit() else None
