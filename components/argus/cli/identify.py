"""``argus identify``: who is in a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argus.cli.opening import add_read_options, opened
from argus.cli.output import ExitCode, print_error, print_json, print_note, print_text, who
from argus.cli.parsers import (
    Subparsers,
    add_command,
    add_images_argument,
    add_json_option,
    add_rate_option,
)

if TYPE_CHECKING:
    from argus.core.matching import Decision
    from argus.vision.faces import ReadFace


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "identify",
        summary="say who is in a picture",
        description=(
            "Looks at every face of each picture: match (somebody enrolled), unknown (a stranger), or uncertain\n"
            "with its reason. Each picture is judged by itself; watch sees several of a person and is surer."
        ),
        examples="""
            argus identify --collection people visitor.jpg
            argus identify --collection s3://bucket/staff --trust staff.key.pub visitor.jpg
            argus identify --collection people --false-alarm-rate 0.001 --json *.jpg
        """,
    )
    add_images_argument(parser)
    add_read_options(parser)
    add_rate_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from argus.core.errors import ImageError
    from argus.core.types import Template
    from argus.device.sync.gallery import recognised
    from argus.enrolment.compose import photo_analyser
    from argus.vision.calibration_file import load_calibration
    from argus.vision.images import read_image
    from argus.vision.model_store import ModelStore

    gallery = recognised([opened(arguments).load()], load_calibration(ModelStore())).gallery
    warning = gallery.strictness(arguments.false_alarm_rate).warning
    if warning:
        print_note(f"argus: {warning}")
    analyser = photo_analyser()
    code = ExitCode.DONE
    for path in arguments.images:
        try:
            rgb = read_image(path)
        except ImageError as error:
            code = ExitCode.REFUSED
            _refuse(path, str(error), as_json=arguments.json)
            continue
        faces = analyser.faces(rgb)
        decisions = [
            gallery.decide(Template.mean(vector[None], analyser.model_id), arguments.false_alarm_rate, face.poor)
            for face, vector in zip(faces, analyser.vectors(faces), strict=True)
        ]
        _show(path, list(zip(faces, decisions, strict=True)), as_json=arguments.json)
    return code


def _show(path: Path, found: list[tuple[ReadFace, Decision]], *, as_json: bool) -> None:
    if as_json:
        print_json({"image": str(path), "faces": [_record(face, decision) for face, decision in found]})
        return
    print_text(f"{path}: {len(found) or 'no'} face{'' if len(found) == 1 else 's'}")
    for face, decision in found:
        print_text(f"  {_sentence(face, decision)}")


def _refuse(path: Path, message: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"image": str(path), "error": message})
    else:
        print_error(f"{path}: {message}")


def _record(face: ReadFace, decision: Decision) -> dict[str, Any]:
    best = decision.best
    return {
        "box_ltrb": face.face.box.ltrb,
        "outcome": decision.outcome.value,
        "person": who(decision.person),
        "distance": best.distance if best else None,
        "normalised_distance": best.normalised_distance if best else None,
        "threshold": best.threshold if best else None,
        "margin": decision.margin,
        "reason": decision.reason.value if decision.reason else None,
    }


def _sentence(face: ReadFace, decision: Decision) -> str:
    who = decision.person.name if decision.person else {"unknown": "a stranger"}.get(decision.outcome.value, "unclear")
    words = f"{decision.outcome.value:<9}  {who:<24}"
    if decision.best is not None:
        side = "under" if decision.best.excess <= 0 else "over"
        words += f"  distance {decision.best.normalised_distance:+.2f}, {side} {decision.best.threshold:+.2f}"
    if decision.reason is not None:
        words += f" ({decision.reason.value.replace('_', ' ')})"
    left, top, right, bottom = face.face.box.ltrb
    return f"{words}  at {left},{top} to {right},{bottom}"
