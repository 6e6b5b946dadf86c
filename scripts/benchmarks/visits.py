"""``scripts/bench visits``: false alarms of whole visits, against the wanted rate."""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from argus.core.errors import UsageError
from argus.evaluation.visit_plan import LookedAt, Plan, make_plan, workers
from argus.evaluation.visits import Condition, Fate, VisitFigures, figures
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import ModelStore
from scripts.benchmarks.measure import table

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = (1, 4)
RATES = (0.01, 0.05)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "visits",
        help="false alarms of whole visits",
        description=(
            "Renders visits of enrolled people and of strangers, plays them through the program that watches a\n"
            "camera, and counts who is named. Each rotation enrols other photos and shows everybody anew. Then half\n"
            "of the people are strangers to the other half, and their visits show several pictures."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ARGUS_DATA", ROOT.parent / "shared" / "data"))
    )
    parser.add_argument("--rotations", type=int, default=5, help="one to five (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of tables")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    pictures = arguments.data / "lfw-dev"
    if not pictures.is_dir():
        raise UsageError(f"{pictures} is missing: say with --data where the pictures are")
    began = time.monotonic()
    with workers() as pool:
        people = pool.look_at(people_photos(pictures))
        strangers = pool.look_at(stranger_photos(pictures), to_enrol=False)
        for title, plans in (
            ("one picture a visit", list(rotated(people, strangers, arguments.rotations))),
            ("several pictures of each stranger", list(halved(people, arguments.rotations))),
        ):
            results = figures(seen for plan in plans for seen in pool.watch(plan))
            report(title, results, as_json=arguments.json)
    if not arguments.json:
        print(f"{time.monotonic() - began:.0f} s")
    return 0


def people_photos(pictures: Path) -> dict[str, list[Path]]:
    return {folder.name: sorted(folder.iterdir()) for folder in sorted((pictures / "people").iterdir())}


def stranger_photos(pictures: Path) -> dict[str, list[Path]]:
    return {path.stem: [path] for path in sorted((pictures / "strangers").iterdir())}


def rotated(
    people: Mapping[str, Sequence[LookedAt]], strangers: Mapping[str, Sequence[LookedAt]], rotations: int
) -> Iterator[Plan]:
    """Everybody enrolled; each rotation shows another photo of the people, and strangers in other conditions."""
    calibration = load_calibration(ModelStore())
    for shown in range(rotations):
        yield make_plan(people, strangers, calibration, shown=shown, photos=PHOTOS, rates=RATES, seed=shown)


def halved(people: Mapping[str, Sequence[LookedAt]], rotations: int) -> Iterator[Plan]:
    """Half of the people are strangers to the other half, both ways; each rotation halves them anew."""
    calibration = load_calibration(ModelStore())
    for shown in range(rotations):
        names = sorted(people)
        random.Random(shown).shuffle(names)
        half = len(names) // 2
        for number, known in enumerate((set(names[:half]), set(names[half:]))):
            yield make_plan(
                {name: looked for name, looked in people.items() if name in known},
                {name: looked for name, looked in people.items() if name not in known},
                calibration,
                shown=shown,
                photos=PHOTOS,
                rates=RATES,
                seed=100 + 2 * shown + number,
            )


def report(title: str, results: Mapping[tuple[Condition, bool], VisitFigures], *, as_json: bool) -> None:
    if as_json:
        for (condition, known), one in results.items():
            print(json.dumps({"pictures": title, **record(condition, known, one)}))
        return
    header = ["enrolled", "wanted", "visits of", "visits", "named wrongly", "95 %", "rightly", "unknown", "uncertain"]
    header += ["missed", "split", "merged", "seconds", "90 %"]
    print(f"\n{title}\n{table(header, [_row(*key, one) for key, one in sorted(results.items(), key=str)])}", flush=True)


def record(condition: Condition, known: bool, one: VisitFigures) -> dict[str, object]:
    return {
        **asdict(condition),
        "visits_of": "enrolled" if known else "strangers",
        "visits": one.visitors,
        "different_people": one.people,
        **{fate.value.replace(" ", "_"): count for fate, count in one.fates.items()},
        "wrong_interval": one.interval(Fate.WRONG),
        "split": one.split,
        "merged": one.merged,
        "decided_seconds": one.decided_seconds,
    }


def _row(condition: Condition, known: bool, one: VisitFigures) -> list[str]:
    low, high = one.interval(Fate.WRONG)
    times = [f"{seconds:.1f}" for seconds in one.decided_seconds] if one.decided_seconds else ["-", "-"]
    shares = [f"{100 * one.share(fate):.1f} %" for fate in (Fate.RIGHT, Fate.UNKNOWN, Fate.UNCERTAIN, Fate.MISSED)]
    return [
        f"{condition.people} people, {condition.photos} photo{'s' * (condition.photos > 1)}",
        f"{100 * condition.false_alarm_rate:g} %",
        "enrolled" if known else "strangers",
        str(one.visitors),
        f"{one.fates[Fate.WRONG]} = {100 * one.share(Fate.WRONG):.2f} %",
        f"{100 * low:.1f}-{100 * high:.1f}",
        *shares,
        str(one.split),
        str(one.merged),
        *times,
    ]
