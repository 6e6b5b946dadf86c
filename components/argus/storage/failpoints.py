"""Places at which a test lets the power fail."""

from __future__ import annotations

import os
from collections import Counter

VARIABLE = "ARGUS_FAILPOINT"
"""``NAME`` or ``NAME:N``: the process ends when it comes to the failpoint of that name for the Nth time."""

EXIT_CODE = 86

_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Nothing, unless the environment names it: then the process ends here, as if the power had gone."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    chosen, _, number = wanted.partition(":")
    _passed[name] += 1
    if chosen == name and _passed[name] == int(number or 1):
        os._exit(EXIT_CODE)
