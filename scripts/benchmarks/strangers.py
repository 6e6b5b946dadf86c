"""``scripts/bench strangers``: are strangers who come again known again, and taken for nobody else?"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from argus.core.errors import UsageError
from argus.core.ids import repeatable_ids
from argus.core.strangers import MISTAKEN_RATE
from argus.device.strangers_store import StrangerStore
from argus.evaluation.returning import ReturningFigures, ToldStranger, returning_figures
from argus.evaluation.visit_clips import Clip, Visitor, clips_of
from argus.evaluation.visit_plan import LookedAt, workers
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import ModelStore
from scripts.benchmarks.measure import table
from scripts.benchmarks.visits import people_photos, stranger_photos

ROOT = Path(__file__).resolve().parents[2]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "strangers",
        help="the memory of strangers: who is known again, who is taken for somebody else",
        description=(
            "Nobody is enrolled. Rendered visits of people who come again, with another picture each time or with\n"
            "the same one filmed anew, are told to the memory of strangers in their order."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ARGUS_DATA", ROOT.parent / "shared" / "data"))
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    pictures = arguments.data / "lfw-dev"
    if not pictures.is_dir():
        raise UsageError(f"{pictures} is missing: say with --data where the pictures are")
    calibration = load_calibration(ModelStore())
    with workers() as pool:
        people, others = pool.look_at(people_photos(pictures)), pool.look_at(stranger_photos(pictures), to_enrol=False)
        cases = {
            "another picture at each of 5 visits": rounds(people, 5),
            "the same picture filmed twice": rounds(others, 2),
        }
        for title, clips in cases.items():
            report(title, remembered(list(pool.told_strangers(clips, calibration))), as_json=arguments.json)
    return 0


def rounds(people: Mapping[str, Sequence[LookedAt]], count: int) -> list[Clip]:
    """Everybody comes once a round, with the next picture."""
    return [
        clip
        for number in range(count)
        for clip in clips_of(
            [Visitor(False, (looked[number % len(looked)].portrait,)) for looked in people.values() if looked],
            seed=200 + number,
        )
    ]


def remembered(visits: Sequence[ToldStranger]) -> ReturningFigures:
    """What a new memory makes of the visits."""
    with tempfile.TemporaryDirectory(prefix="argus-bench-") as folder:
        store = StrangerStore(
            Path(folder),
            load_calibration(ModelStore()),
            repeatable_ids("bench"),
            now=lambda: datetime(2024, 1, 1, tzinfo=timezone.utc),
        )
        figures = returning_figures(visits, store.recognise)
        store.close()
    return figures


def report(title: str, figures: ReturningFigures, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"visits": title, "wanted": MISTAKEN_RATE, **asdict(figures)}))
        return
    taken, again = figures.first_taken / figures.first, figures.again
    rows = [
        ["first visits", str(figures.first)],
        [f"taken for somebody else (wanted {MISTAKEN_RATE:.0%})", f"{figures.first_taken} = {100 * taken:.1f} %"],
        ["visits of those who came before", str(again)],
        ["known again", f"{100 * (again - figures.split - figures.again_taken) / again:.1f} %"],
        ["given a new id", f"{figures.split} = {100 * figures.split / again:.1f} %"],
        ["taken for somebody else", f"{figures.again_taken} = {100 * figures.again_taken / again:.1f} %"],
        ["remembered at the end", str(figures.remembered)],
    ]
    print(f"\n{table([title, ''], rows)}", flush=True)
