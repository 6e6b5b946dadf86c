"""``argus collection``: what is to be said about a whole collection."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from argus.cli import carrying, keeping, signing, upgrading
from argus.cli.opening import add_read_options, opened
from argus.cli.output import ExitCode, print_json, print_text, who
from argus.cli.parsers import Subparsers, add_command, add_json_option, add_rate_option

if TYPE_CHECKING:
    from argus.core.health import Health, PhotoWanted


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "collection",
        summary="make, examine, compare, sign and clear a collection as a whole",
        description="What concerns a collection as a whole.",
        examples="""
            argus collection create --collection s3://bucket/staff
            argus collection describe --collection s3://bucket/staff
            argus collection health --collection people
            argus collection export --collection people people.zip
        """,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="collection_command", required=True)
    health = add_command(
        commands,
        "health",
        summary="what to expect of it, and who needs another photo",
        description=(
            "Says how many strangers will be given somebody's name and how many people will be named rightly at this\n"
            "size, who look alike, and of whom another photo is needed. Exit code 1 when something needs attention."
        ),
        examples="""
            argus collection health --collection people
            argus collection health --collection s3://bucket/staff --trust staff.key.pub
            argus collection health --collection people --false-alarm-rate 0.001 --json
        """,
    )
    add_read_options(health)
    add_rate_option(health)
    add_json_option(health)
    health.set_defaults(run=run_health)
    keeping.add_parsers(commands)
    upgrading.add_parser(commands)
    carrying.add_parsers(commands)
    signing.add_parsers(commands)


def run_health(arguments: argparse.Namespace) -> int:
    from argus.core.health import examine
    from argus.vision.calibration_file import load_calibration, load_genuine_scores
    from argus.vision.model_store import ModelStore

    store = ModelStore()
    people = opened(arguments).load().collection.people
    health = examine(people, load_calibration(store), load_genuine_scores(store), arguments.false_alarm_rate)
    if arguments.json:
        print_json(_record(health))
    else:
        for line in _lines(health):
            print_text(line)
    return ExitCode.REFUSED if health.needs_attention else ExitCode.DONE


def _lines(health: Health) -> Iterator[str]:
    strictness = health.strictness
    yield f"{_count(health.people, 'person', 'people')}, {_count(health.photos, 'photo')}"
    if not health.people:
        yield "nobody is enrolled: everybody will be a stranger"
        return
    if strictness.warning:
        yield f"WARNING: {strictness.warning}"
    yield ""
    yield (
        f"Strangers who will be given somebody's name: {_percent(strictness.expected_rate)} "
        f"(wanted: {_percent(strictness.false_alarm_rate)})"
    )
    yield "People who will be named rightly:"
    yield "  photos  people  from one picture  from four, as in a visit"
    for one in health.named:
        yield f"  {one.photos:>6}  {one.people:>6}  {_percent(one.by_picture):<16}  {_percent(one.by_look)}"
    if health.look_alikes:
        yield ""
        yield "Look-alikes; they are matched more strictly than others, so give each several good photos:"
        for pair in health.look_alikes:
            yield f"  {pair.one.name} and {pair.other.name}"
    if health.wanted:
        yield ""
        yield "Another photo is needed of:"
        for wanted in health.wanted:
            if wanted.face_ids:
                yield f"  {wanted.person.name}: {_unlike(wanted)}"
        for photos, group in groupby(health.wanted, lambda one: None if one.face_ids else one.photos):
            if photos is not None:
                yield from _too_few(list(group))
    if not health.needs_attention:
        yield ""
        yield "Nothing needs attention."


def _too_few(group: Sequence[PhotoWanted]) -> Iterator[str]:
    """Those with equally many photos."""
    who = f"{_count(len(group), 'person', 'people')} with {_count(group[0].photos, 'photo')}"
    yield f"  {who}, named from one picture in {_percent(group[0].named)}; photos of other days help most:"
    names = ", ".join(sorted(wanted.person.name for wanted in group))
    yield from wrap(names, width=100, initial_indent="    ", subsequent_indent="    ")


def _unlike(wanted: PhotoWanted) -> str:
    if wanted.photos == len(wanted.face_ids) == 2:
        return "the two photos hardly look like one person: check both, replace the wrong one, or add a third"
    faces = ", ".join(face_id[:12] for face_id in wanted.face_ids)
    return f"{faces} hardly looks like the others: check that it shows this person, or replace it"


def _record(health: Health) -> dict[str, object]:
    strictness = health.strictness
    return {
        "people": health.people,
        "photos": health.photos,
        "strangers_named": {
            "wanted": strictness.false_alarm_rate,
            "expected": strictness.expected_rate,
            "supported": strictness.supported,
        },
        "warning": strictness.warning,
        "named_rightly": [
            {"photos": one.photos, "people": one.people, "by_picture": one.by_picture, "by_look": one.by_look}
            for one in health.named
        ],
        "look_alikes": [
            {
                "people": [who(person) for person in pair.people],
                "normalised_distance": pair.normalised_distance,
                "threshold": pair.threshold,
            }
            for pair in health.look_alikes
        ],
        "another_photo_of": [
            {
                "person": who(wanted.person),
                "photos": wanted.photos,
                "named_rightly": wanted.named,
                "reason": wanted.want.value,
                "face_ids": list(wanted.face_ids),
            }
            for wanted in health.wanted
        ],
        "needs_attention": health.needs_attention,
    }


def _percent(share: float) -> str:
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
