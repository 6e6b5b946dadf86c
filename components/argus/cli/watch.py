"""``argus watch``: plays a source and prints what happens at it."""

from __future__ import annotations

import argparse
from pathlib import Path

from argus.cli.opening import add_read_options, believed
from argus.cli.output import ExitCode
from argus.cli.parsers import (
    Subparsers,
    add_command,
    add_interval_option,
    add_json_option,
    add_rate_option,
    add_source_option,
    add_state_option,
    add_thing_option,
    number,
)
from argus.cli.previewing import port_number

_days = number(float, lambda days: 0 <= days <= 3650, "records are kept for 0 to 3650 days")
_megabytes = number(int, lambda megabytes: 0 < megabytes <= 1_000_000, "records take 1 to 1000000 MB")
_stranger_days = number(
    float, lambda days: 0 < days <= 365, "strangers are remembered for more than 0 and at most 365 days"
)


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "watch",
        summary="recognise people in a camera or a video",
        description=(
            "Watches a source and prints one event a visit as it is decided: match (somebody enrolled),\n"
            "unknown (a stranger), uncertain (too little to tell; it would alert nobody), left (the end).\n"
            "A file ends at its end with a summary; Ctrl-C ends a camera in the same way."
        ),
        examples="""
            argus watch --collection people --source 0
            argus watch --collection people --source rtsp://user:password@camera/stream --json
            argus watch --collection people --source visit.mp4 --fast --annotate seen.mp4
            argus watch --collection s3://bucket/people --source 0
            argus watch --collection copy --sync s3://bucket/people --trust staff.key.pub --source 0
        """,
    )
    _add_watch_options(parser)
    add_read_options(parser)
    parser.add_argument(
        "--sync", metavar="PLACE",
        help="follow the collection at PLACE, a folder or s3://bucket/prefix: --collection is the folder of a copy of"
        " it, made when it is missing, used while PLACE is out of reach, and brought up to date during the watch",
    )  # fmt: skip
    add_interval_option(parser, "--sync-interval")
    add_thing_option(parser)
    add_source_option(parser, required=True)
    parser.add_argument(
        "--keep-records", type=_days, default=7.0, metavar="DAYS",
        help="keep for `argus explain` what was seen (default: %(default)g); 0 keeps nothing and erases all records",
    )  # fmt: skip
    parser.add_argument(
        "--max-records-mb", type=_megabytes, default=200, metavar="MB",
        help="how much is kept at most; the oldest visits go first (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--remember-strangers", choices=("on", "off"),
        help="on: a stranger who comes again keeps one stranger_id, at all cameras; off: nobody is remembered, and all"
        " who were are erased (default: nobody is remembered, and who was is forgotten in time)",
    )  # fmt: skip
    parser.add_argument(
        "--stranger-days", type=_stranger_days, default=1.0, metavar="DAYS",
        help="forget a stranger who was not seen again for so long (default: %(default)g)",
    )  # fmt: skip
    add_state_option(parser)
    parser.set_defaults(run=run)


def _add_watch_options(parser: argparse.ArgumentParser) -> None:
    """How the source is read, and what is made of it."""
    parser.add_argument("--fast", action="store_true", help="read a file as fast as possible and drop nothing")
    parser.add_argument("--loop", action="store_true", help="start a file over at its end")
    parser.add_argument(
        "--annotate", type=Path, metavar="OUT", help="write the picture with boxes and names to a video"
    )
    parser.add_argument(
        "--preview", type=port_number, metavar="PORT",
        help="serve a page with the live picture on this port of 127.0.0.1; 0 takes a free one",
    )  # fmt: skip
    add_rate_option(parser, of="strangers' visits")
    parser.add_argument(
        "--min-face-px", type=int, default=40, metavar="PX",
        help="the smallest face worth finding (default: %(default)s; smaller costs time)",
    )  # fmt: skip
    parser.add_argument(
        "--visit-gap", type=float, default=10.0, metavar="SECONDS",
        help="seen again within this time, a visit continues (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--camera", default="camera", metavar="ID", help="the camera's id in events (default: camera)")
    add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    from argus.cli.following import Following
    from argus.cli.watching import watch_and_print
    from argus.core.errors import UsageError
    from argus.device.thing import default_thing
    from argus.storage.open_store import is_folder

    thing = arguments.thing or default_thing()
    if arguments.sync and not is_folder(arguments.collection):
        raise UsageError(f"--sync keeps its copy in a folder: name one with --collection, not {arguments.collection}")
    following = Following(arguments.sync, arguments.sync_interval, thing) if arguments.sync else None
    watch_and_print(arguments, arguments.collection, arguments.source, believed(arguments), following)
    return ExitCode.DONE
