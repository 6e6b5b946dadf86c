"""The whole of an evaluation, from vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from argus.core.calibration import Calibration
from argus.evaluation.identification import Identification, Setting, Sitter, identify
from argus.evaluation.verification import Verification, verify


@dataclass(frozen=True)
class Wanted:
    """What is asked.

    Attributes:
        settings: how many pictures are enrolled and averaged in a probe.
        false_alarm_rates: at least one.
        rotations: how often other pictures are enrolled.
    """

    settings: tuple[Setting, ...]
    false_alarm_rates: tuple[float, ...]
    rotations: int


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Attributes:
        people: how many there were, enrolled or not, and their pictures.
        strangers: the same of those given as strangers.
        identifications: in the order of the settings.
        impossible: settings for which nobody has enough pictures.
        verification: by the normalised score; None where nobody or only one person has several pictures.
        plain_verification: by the plain Euclidean distance.
    """

    people: tuple[int, int]
    strangers: tuple[int, int]
    identifications: tuple[Identification, ...]
    impossible: tuple[Setting, ...]
    verification: Verification | None
    plain_verification: Verification | None


def evaluate(
    people: Sequence[Sitter], strangers: Sequence[Sitter], calibration: Calibration, wanted: Wanted
) -> Evaluation:
    """Measures verification over everybody and identification in every setting."""
    found = [
        (
            setting,
            identify(
                people,
                strangers,
                calibration,
                setting,
                false_alarm_rates=wanted.false_alarm_rates,
                rotations=wanted.rotations,
            ),
        )
        for setting in wanted.settings
    ]
    everybody = [*people, *strangers]
    return Evaluation(
        _size(people),
        _size(strangers),
        tuple(identification for _, identification in found if identification is not None),
        tuple(setting for setting, identification in found if identification is None),
        verify(everybody, calibration),
        verify(everybody, None),
    )


def _size(sitters: Iterable[Sitter]) -> tuple[int, int]:
    counts = [len(sitter.vectors) for sitter in sitters]
    return len(counts), sum(counts)
