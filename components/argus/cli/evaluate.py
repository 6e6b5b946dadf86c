"""``argus evaluate``: how well recognition does on somebody's own pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.output import ExitCode, print_json, print_note, print_text
from argus.cli.parsers import Number, Subparsers, add_command, add_json_option, number
from argus.cli.progress import counting

if TYPE_CHECKING:
    from argus.enrolment.enrol import Photo
    from argus.evaluation.measuring import Evaluation
    from argus.evaluation.pictures import Album

_rate = number(float, lambda rate: 0 < rate < 1, "a rate lies between 0 and 1, such as 0.01")
_pictures = number(int, lambda count: 1 <= count <= 100, "give a whole number from 1 to 100")


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "evaluate",
        summary="measure recognition on pictures of your own",
        description=(
            "Measures how many strangers would be given somebody's name and how many people would be named rightly,\n"
            "beside the fixed tolerance of 0.6. --people is a folder with one subfolder a person (at least two\n"
            "pictures each say most); --strangers holds people who are not among them, each file somebody else, each\n"
            "subfolder one person. Nothing is enrolled and nothing is kept."
        ),
        examples="""
            argus evaluate --people staff/ --strangers passers-by/
            argus evaluate --people staff/ --rates 0.01,0.001 --photos 1,4 --plot curve.png
            argus evaluate --people staff/ --strangers passers-by/ --json
        """,
    )
    parser.add_argument("--people", type=Path, required=True, metavar="DIR", help="one subfolder a person")
    parser.add_argument(
        "--strangers", type=Path, metavar="DIR",
        help="people who are nobody of these (default: each person in turn is left out and is the stranger)",
    )  # fmt: skip
    parser.add_argument(
        "--rates", type=_list_of(_rate), default=(0.01, 0.001), metavar="R,...",
        help="wanted shares of strangers who are given somebody's name (default: 0.01,0.001)",
    )  # fmt: skip
    parser.add_argument(
        "--photos", type=_list_of(_pictures), default=(1, 4), metavar="N,...",
        help="how many photos of a person are enrolled (default: 1,4)",
    )  # fmt: skip
    parser.add_argument(
        "--probes", type=_list_of(_pictures), default=(1,), metavar="N,...",
        help="how many pictures are averaged for one look at somebody (default: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--rotations", type=_pictures, default=5, metavar="N",
        help="how often it is repeated with other pictures enrolled (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--plot", nargs="?", const=Path(), type=Path, metavar="FILE.png",
        help="draw strangers named against people named rightly: in the terminal, and to a PNG file when one is named",
    )  # fmt: skip
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.evaluation.identification import Setting
    from argus.evaluation.measuring import Wanted, evaluate
    from argus.evaluation.pictures import pictures_of_people, pictures_of_strangers
    from argus.evaluation.plot import check_can_draw
    from argus.evaluation.report import lines, records
    from argus.vision.calibration_file import load_calibration
    from argus.vision.model_store import ModelStore

    if arguments.plot is not None:
        check_can_draw(arguments.plot)
    calibration = load_calibration(ModelStore())
    photos = [pictures_of_people(arguments.people)]
    if arguments.strangers is not None:
        photos.append(pictures_of_strangers(arguments.strangers))
    people, strangers = [*_read(photos), None][:2]
    settings = tuple(Setting(enrolled, probes) for enrolled in arguments.photos for probes in arguments.probes)
    evaluation = evaluate(
        people.sitters if people else (),
        strangers.sitters if strangers else (),
        calibration,
        Wanted(settings, arguments.rates, arguments.rotations),
    )
    if arguments.json:
        for record in records(evaluation):
            print_json(record)
    else:
        for line in lines(evaluation):
            print_text(line)
    if arguments.plot is not None:
        _draw(evaluation, arguments.plot, as_text=not arguments.json)
    left_out = [one for album in (people, strangers) if album for one in album.left_out]
    return ExitCode.REFUSED if left_out else ExitCode.DONE


def _read(groups: Sequence[Sequence[Photo]]) -> list[Album]:
    """The vectors of all pictures; says what could not be used."""
    from argus.cli.workers import workers
    from argus.core.errors import UsageError
    from argus.enrolment.compose import photo_analyser
    from argus.evaluation.pictures import read_album

    total = sum(map(len, groups))
    seen: set[str] = set()
    with counting(total, "pictures") as count:
        albums = [
            read_album(photos, photo_analyser(), workers=workers(total), seen=seen, progress=count) for photos in groups
        ]
    for album in albums:
        for left_out in album.left_out:
            print_note(f"left out  {left_out.path}: {left_out.reason}")
    if not albums[0].sitters:
        raise UsageError("none of the pictures of --people could be used: see the reasons above")
    return albums


def _draw(evaluation: Evaluation, path: Path, *, as_text: bool) -> None:
    from argus.evaluation.plot import text_plot, write_png

    if as_text:
        print_text()
        for line in text_plot(evaluation.identifications).splitlines():
            print_text(line)
    if path != Path():
        write_png(evaluation.identifications, path)
        print_note(f"argus: the plot is in {path}")


def _list_of(parse: Callable[[str], Number]) -> Callable[[str], tuple[Number, ...]]:
    """A parser of numbers with commas between them; each once, in the order given."""

    def parse_all(text: str) -> tuple[Number, ...]:
        return tuple(dict.fromkeys(parse(part) for part in text.split(",")))

    return parse_all
