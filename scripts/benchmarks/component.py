"""``scripts/bench component``: the built component is killed, kept from the cloud, and given ten thousand events."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmarks.measure import table

if TYPE_CHECKING:
    from tests.component.site import Site
    from tests.component.stage import Stage

ROOT = Path(__file__).resolve().parents[2]

LONGEST_SECONDS = 3600.0
"""For ten thousand events on a slow machine."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "component",
        help="the Greengrass component is killed at random, kept from the cloud, and drains what waited",
        description=(
            "The built component runs with a nucleus's double, a broker and a small cloud around it. Component,\n"
            "nucleus and broker are killed (SIGKILL) in turn at random moments; the broker is away; ten thousand\n"
            "events wait. Every event that was committed has to arrive, and to be one."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument(
        "--away", type=float, default=300.0, metavar="SECONDS", help="how long the broker is (default: %(default)s)"
    )
    parser.add_argument(
        "--events", type=int, default=10_000, metavar="N", help="how many wait for it (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of chance (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    # What only tests need, and their packages.
    from models.portraits import fetch_portraits  # noqa: PLC0415
    from tests.component.stage import make_stage  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="argus-bench-") as name:
        folder = Path(name)
        stage = make_stage(ROOT, fetch_portraits(), folder)
        found: dict[str, str] = {}
        if arguments.kills:
            found |= measure_kills(stage, folder / "kills", arguments.kills, arguments.seed)
        if arguments.away:
            found |= measure_absence(stage, folder / "away", arguments.away)
        if arguments.events:
            found |= measure_drain(stage, folder / "drain", arguments.events)
    if arguments.json:
        print(json.dumps(found))
    else:
        print(table(["the component", ""], [[name, value] for name, value in found.items()]))
    return 0


def measure_kills(stage: Stage, folder: Path, kills: int, seed: int) -> dict[str, str]:
    """Raises AssertionError when an event is missing or is two."""
    from tests.component.cloud import UNTIDY  # noqa: PLC0415
    from tests.component.killing import kill_at_random  # noqa: PLC0415
    from tests.component.site import Site  # noqa: PLC0415

    with Site(folder, stage.deployed, stage.configuration("hall", "door"), manner=UNTIDY) as site:
        site.component.use_environment()
        since = time.monotonic()
        site.start()
        killed = kill_at_random(site, kills, seed)
        seconds = time.monotonic() - since
        site.drain()
        site.assert_all_arrived()
        return {
            "kills": ", ".join(f"{count} {whom}" for whom, count in killed.items()),
            "within": f"{seconds:.0f} s",
            **arrived(site),
        }


def measure_absence(stage: Stage, folder: Path, away_seconds: float) -> dict[str, str]:
    """How long it takes until the cloud has what happened while the broker was away."""
    from tests.component.site import Site  # noqa: PLC0415

    with Site(folder, stage.deployed, stage.configuration("hall")) as site:
        site.component.use_environment()
        site.start()
        assert site.comes_true(lambda: len(site.cloud.events) > 0)
        site.broker.kill()
        time.sleep(away_seconds)
        committed = site.component.outbox().committed
        waiting = committed - len(site.cloud.events)
        site.broker.start()
        since = time.monotonic()
        assert site.comes_true(lambda: len(site.cloud.events) >= committed, LONGEST_SECONDS)
        seconds = time.monotonic() - since
        site.drain()
        site.assert_all_arrived()
        return {"broker away for": f"{away_seconds:.0f} s", f"{waiting} events that waited": f"{seconds:.1f} s"}


def measure_drain(stage: Stage, folder: Path, events: int) -> dict[str, str]:
    """How long it takes until the cloud has, and has acknowledged, what waits at the start."""
    from tests.component.site import Site  # noqa: PLC0415
    from tests.component.stock import stock  # noqa: PLC0415

    with Site(folder, stage.deployed, {}) as site:
        site.component.use_environment()
        stock(site.component.work / "state", events)
        site.start()
        assert site.comes_true(lambda: len(site.cloud.events) > 0)
        since = time.monotonic()
        assert site.comes_true(lambda: site.component.outbox().waiting == 0, LONGEST_SECONDS)
        seconds = time.monotonic() - since
        site.assert_all_arrived()
        again = sum(site.cloud.deliveries.values()) - events
        return {
            f"{events} queued events drained in": f"{seconds:.0f} s",
            "a second": f"{events / seconds:.0f}",
            "of them sent again": str(again),
        }


def arrived(site: Site) -> dict[str, str]:
    """What the cloud has seen."""
    deliveries, committed = sum(site.cloud.deliveries.values()), site.component.outbox().committed
    return {
        "events committed": str(committed),
        "events arrived": str(len(site.cloud.events)),
        "of them more than once": str(sum(count > 1 for count in site.cloud.deliveries.values())),
        "deliveries": str(deliveries),
        "missing": str(len(set(range(1, committed + 1)) - set(site.cloud.numbers))),
        "broken, or two of one number": str(len(site.cloud.faults)),
    }
