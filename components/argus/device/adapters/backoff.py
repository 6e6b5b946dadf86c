"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Callable

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0


def backoff_seconds(failures: int, uniform: Callable[[], float] = random.random) -> float:
    """The pause after so many failures in a row: doubled each time up to half a minute, of which half is random.

    The random half keeps many cameras, lost together with their switch, from coming back in one instant.

    Args:
        failures: at least 1.
        uniform: gives numbers from 0 to 1.
    """
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 32))
    return longest * (0.5 + 0.5 * uniform())
