"""``argus demo``: one man enrolled, a clip with him and a stranger, and what Argus makes of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from argus.cli.output import ExitCode, print_error, print_note
from argus.cli.parsers import Subparsers, add_command, add_source_option
from argus.cli.watch import add_watch_options

if TYPE_CHECKING:
    from pathlib import Path

    from argus.rehearsal.scenario import Portrait


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "demo",
        summary="enrol one man and recognise him in a rendered clip",
        description=(
            "Enrols Barack Obama from one portrait and plays a clip rendered from other portraits of him and from one\n"
            "of Joe Biden, who is not enrolled: a match and a stranger. No rendered portrait was enrolled.\n"
            "Over and over in real time, with a preview; with --once as fast as possible, to the end of the clip."
        ),
        examples="""
            argus demo
            argus demo --once --json
            argus demo --source 0
        """,
    )
    add_watch_options(parser)
    add_source_option(parser, "watch this instead: ")
    parser.add_argument("--once", action="store_true", help="play the clip once, as fast as possible")
    # What the demo shows is nobody's visit; the records of a real watch are left alone.
    parser.set_defaults(run=run, keep_records=None, remember_strangers=None, state=None)


def run(arguments: argparse.Namespace) -> int:
    import tempfile
    from pathlib import Path

    from argus.cli.previewing import usual_port
    from argus.cli.watching import watch_and_print
    from models.portraits import fetch_portraits

    if arguments.preview is None and not arguments.once:
        arguments.preview = usual_port()
    portraits = fetch_portraits()
    with tempfile.TemporaryDirectory(prefix="argus-demo-") as folder:
        collection = Path(folder) / "collection"
        print_note("argus: enrolling Barack Obama from obama.jpg")
        _enrol(portraits / "obama.jpg", "Barack Obama", collection)
        if arguments.source is not None:
            watch_and_print(arguments, str(collection), arguments.source)
            return ExitCode.DONE
        clip = Path(folder) / "demo.mp4"
        print_note("argus: rendering a clip of him, from other portraits, and of a man who is not enrolled")
        _render(portraits, clip)
        arguments.fast = arguments.fast or arguments.once
        arguments.loop = arguments.loop or not arguments.once
        counts = watch_and_print(arguments, str(collection), str(clip))
    if arguments.once and (counts["match"], counts["unknown"]) != (1, 1):
        print_error("one match and one stranger were expected: run `scripts/test` to see what is wrong")
        return ExitCode.REFUSED
    return ExitCode.DONE


def _enrol(photo: Path, name: str, collection: Path) -> None:
    from argus.device.adapters.clock import SystemClock
    from argus.enrolment.compose import build_enroller
    from argus.enrolment.photos import photos_of_person

    enroller = build_enroller(collection, SystemClock().now, workers=1)
    for _ in enroller.enrol(photos_of_person(name, [photo], None)):
        pass


def _render(portraits: Path, clip: Path) -> None:
    from argus.device.adapters.video_writer import VideoWriter
    from argus.rehearsal.render import render
    from argus.rehearsal.scenarios import demo_scenario

    scenario = demo_scenario(
        [_portrait(portraits / name) for name in ("obama2.jpg", "obama3.jpg")], [_portrait(portraits / "biden.jpg")]
    )
    with VideoWriter(clip, fps=scenario.fps) as video:
        for rendered in render(scenario):
            video.write(rendered.frame.rgb)


def _portrait(photo: Path) -> Portrait:
    from argus.enrolment.compose import photo_analyser
    from argus.rehearsal.scenario import Portrait
    from argus.vision.images import read_image

    rgb = read_image(photo)
    largest = max(photo_analyser().faces(rgb), key=lambda read: read.face.box.area)
    return Portrait(photo.stem, rgb, largest.face.box)
