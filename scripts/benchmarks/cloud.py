"""``scripts/bench cloud``: ten thousand events of a hundred devices through the cloud on this machine."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from scripts.benchmarks.measure import table


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "cloud",
        help="events of many devices through broker, rules, queues and functions, some of them twice or malformed",
        description=(
            "The cloud of the template runs on this machine. Simulated devices publish events, one in twenty of them\n"
            "twice, and one message in a hundred that is none. Every event has to be one sighting, and whatever is\n"
            "none one dead letter. The imitation of AWS is what takes most of the time."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--events", type=int, default=10_000, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--devices", type=int, default=100, metavar="N", help="from how many (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    # What only tests need, and their packages.
    from tests.end_to_end.arrived import assert_all_arrived  # noqa: PLC0415
    from tests.end_to_end.cloud import cloud  # noqa: PLC0415
    from tests.end_to_end.fleet import send_all  # noqa: PLC0415
    from tests.end_to_end.latency import capture_to_alert_ms, share  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="argus-bench-") as folder,
        cloud(Path(folder), {"AlertCoolDownSeconds": "0"}) as running,
    ):
        since = time.monotonic()
        sent = send_all(running.broker.port, arguments.events, arguments.devices)
        seconds = time.monotonic() - since
        assert_all_arrived(running, sent)
        took = capture_to_alert_ms(running.log, running.sightings("thing-"))
    found = {
        "events": str(len(sent.event_ids)),
        "messages": str(sent.messages),
        "none of them an event": str(len(sent.malformed)),
        "until all were acknowledged": f"{seconds:.0f} s",
        "messages a second": f"{sent.messages / seconds:.0f}",
        "capture to alert, p50": f"{share(took, 0.5)} ms",
        "capture to alert, p95": f"{share(took, 0.95)} ms",
    }
    print(json.dumps(found) if arguments.json else table(["the cloud", ""], list(map(list, found.items()))))
    return 0
