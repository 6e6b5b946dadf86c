"""``argus watch``: plays a source and prints what happens at it."""

from __future__ import annotations

import argparse
from pathlib import Path

from argus.cli.output import ExitCode
from argus.cli.parsers import Subparsers, add_command, add_json_option
from argus.cli.previewing import port_number

_LONGEST_DAYS = 3650
_LONGEST_STRANGER_DAYS = 365
_MOST_MB = 1_000_000


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
        """,
    )
    add_watch_options(parser)
    parser.add_argument("--collection", type=Path, required=True, metavar="DIR", help="the folder of `argus enrol`")
    parser.add_argument(
        "--source", required=True, metavar="SRC", help="USB index, RTSP or HTTP URL, video file, or folder of pictures"
    )
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
    parser.add_argument("--state", type=Path, metavar="DIR", help="where it is kept (default: ~/.local/state/argus)")
    parser.set_defaults(run=run)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days <= _LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"records are kept for 0 to {_LONGEST_DAYS} days, not {text!r}")
    return days


def _stranger_days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= _LONGEST_STRANGER_DAYS:
        raise argparse.ArgumentTypeError(
            f"strangers are remembered for more than 0 and at most {_LONGEST_STRANGER_DAYS} days, not {text!r}"
        )
    return days


def _megabytes(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST_MB:
        raise argparse.ArgumentTypeError(f"records take 1 to {_MOST_MB} MB, not {text!r}")
    return int(text)


def add_watch_options(parser: argparse.ArgumentParser) -> None:
    """What ``argus demo`` understands too."""
    parser.add_argument("--fast", action="store_true", help="read a file as fast as possible and drop nothing")
    parser.add_argument("--loop", action="store_true", help="start a file over at its end")
    parser.add_argument(
        "--annotate", type=Path, metavar="OUT", help="write the picture with boxes and names to a video"
    )
    parser.add_argument(
        "--preview", type=port_number, metavar="PORT",
        help="serve a page with the live picture on this port of 127.0.0.1; 0 takes a free one",
    )  # fmt: skip
    parser.add_argument(
        "--false-alarm-rate", type=float, default=0.01, metavar="R",
        help="wanted share of strangers' visits that are given somebody's name (default: %(default)s)",
    )  # fmt: skip
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
    from argus.cli.watching import watch_and_print

    watch_and_print(arguments, arguments.collection, arguments.source)
    return ExitCode.DONE
