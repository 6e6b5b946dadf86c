"""Kills of the component, of its nucleus and of the broker, at random moments."""

from __future__ import annotations

import random
import time
from collections import Counter

from tests.component.site import Site

LOST = 75
"""How the component ends when its nucleus is gone."""

WHOM = ("component", "broker", "nucleus", "broker")
"""In turn; the broker's kills cost no start of the program."""

AT_ONCE = 0.2
"""Of so many kills the next one does not wait for the next event: it meets what the last one left."""

LONGEST_SECONDS = 0.5


def kill_at_random(site: Site, kills: int, seed: int) -> Counter[str]:
    """Kills, and starts again, ``kills`` times while the component runs; returns whom how often.

    Raises:
        AssertionError: the component ended by itself, or did not when its nucleus was killed, or tells nothing more.
    """
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    for number in range(kills):
        if chance.random() >= AT_ONCE:
            before = len(site.cloud.events)
            assert site.comes_true(lambda before=before: len(site.cloud.events) > before), f"silent after {killed}"  # type: ignore[misc]
        whom = WHOM[number % len(WHOM)]
        killed[whom] += 1
        if whom == "nucleus":
            # What it takes from now on it has in memory when it dies.
            site.nucleus.tell("hold")
        time.sleep(chance.uniform(0, LONGEST_SECONDS))
        if whom == "broker":
            site.broker.kill()
            time.sleep(chance.uniform(0, LONGEST_SECONDS))
            site.broker.start()
            continue
        assert site.component.runs, f"it ended with {site.component.wait()} after {killed}"
        if whom == "component":
            site.component.kill()
        else:
            site.nucleus.kill()
            assert site.component.wait() == LOST
            site.nucleus.start()
        site.start()
    return killed
