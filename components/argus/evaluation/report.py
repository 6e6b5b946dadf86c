"""An evaluation in words, and as records for programs."""

from __future__ import annotations

from collections.abc import Iterator

from argus.evaluation.identification import FIXED_TOLERANCE, Identification, Setting, Tally
from argus.evaluation.measuring import Evaluation
from argus.evaluation.shares import Share, wilson
from argus.evaluation.verification import Verification

_FALSE_MATCH_RATES = (1e-2, 1e-3, 1e-4)
_FIXED = f"fixed tolerance {FIXED_TOLERANCE}"


def lines(evaluation: Evaluation) -> Iterator[str]:
    """The evaluation for people."""
    people, strangers = evaluation.people, evaluation.strangers
    yield f"{_count(people[0], 'person', 'people')}, {_count(people[1], 'picture')}; " + (
        f"{_count(strangers[0], 'stranger')}, {_count(strangers[1], 'picture')}."
        if strangers[0]
        else "no strangers given: each person in turn is left out and is the stranger."
    )
    yield "In brackets 95 % confidence, each person counted once: so far may other people's share be from this one."
    for identification in evaluation.identifications:
        yield ""
        yield from _identification(identification, strangers[0] > 0)
    for setting in evaluation.impossible:
        yield ""
        yield f"{_title(setting)}: cannot be measured, nobody has {_count(setting.enrolled_pictures, 'picture')}"
    yield ""
    yield from _verification(evaluation)


def records(evaluation: Evaluation) -> Iterator[dict[str, object]]:
    """The evaluation for programs: one record for each rule in each setting, one for verification."""
    for found in evaluation.identifications:
        for rate, tally in found.at_rates.items():
            strictness = found.strictness[rate]
            yield {
                **_identification_record(found, tally),
                "rule": "false_alarm_rate",
                "wanted": rate,
                "supported": strictness.supported,
                "expected": strictness.expected_rate,
            }
        yield {**_identification_record(found, found.fixed), "rule": "fixed_tolerance", "tolerance": FIXED_TOLERANCE}
    for rule, verification in (
        ("normalised", evaluation.verification),
        ("euclidean", evaluation.plain_verification),
    ):
        if verification is not None:
            yield {"kind": "verification", "score": rule, **_verification_record(verification)}


def _identification(found: Identification, strangers_given: bool) -> Iterator[str]:
    yield f"{_title(found.setting)}: {found.people} enrolled, {_count(found.rotations, 'rotation')}"
    heads = f"{'strangers named':<25}{'named rightly':<25}{'wrong name':<12}{'left open':<11}called stranger"
    yield f"  {'rule':<20}{heads}"
    for rate, tally in found.at_rates.items():
        yield _row(f"wanted {_rate(rate)}", tally)
    yield _row(_FIXED, found.fixed)
    for rate, tally in found.at_rates.items():
        reasons = [
            f"{reason.replace('_', ' ')} {_percent(count / tally.named_rightly.trials)}"
            for reason, count in tally.uncertain.items()
        ]
        if reasons:
            yield f"  left open at {_rate(rate)}: {', '.join(reasons)}"
    yield from _notes(found, strangers_given)


def _notes(found: Identification, strangers_given: bool) -> Iterator[str]:
    """What these figures cannot say."""
    some = next(iter(found.at_rates.values()))
    needed = _count(found.setting.probe_pictures, "picture")
    if found.left_out and strangers_given:
        yield f"  note: the strangers have fewer than {needed} each, so each person in turn is left out instead"
    if not some.strangers_named.trials:
        yield "  note: strangers cannot be measured: there is nobody besides the enrolled with enough pictures"
    if not some.named_rightly.trials:
        yield f"  note: nobody has {needed} left to be named by: give more pictures a person"
    people = some.strangers_named.people
    if people:
        could_be = wilson(0.0, people)[1]
        unconfirmed = [_rate(rate) for rate in found.at_rates if rate < could_be]
        if unconfirmed:
            yield (
                f"  note: {_count(people, 'stranger is', 'strangers are')} too few to confirm "
                f"{' or '.join(unconfirmed)}: were none of them named, it might still be {_percent(could_be)} of others"
            )
    for strictness in found.strictness.values():
        if strictness.warning:
            yield f"  note: {strictness.warning}"


def _row(rule: str, tally: Tally) -> str:
    left_open = sum(tally.uncertain.values())
    share = left_open / tally.named_rightly.trials if tally.named_rightly.trials else None
    return (
        f"  {rule:<20}{_share(tally.strangers_named):<25}{_share(tally.named_rightly):<25}"
        f"{_percent(tally.named_wrongly.value):<12}{_percent(share):<11}{_percent(tally.called_strangers.value)}"
    )


def _verification(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.verification is None or evaluation.plain_verification is None:
        yield "Verification: needs at least four people, two of them with several pictures"
        return
    scores = evaluation.verification.scores
    yield (
        f"Verification, every picture with every other: {len(scores.same)} pairs of one person, "
        f"{len(scores.different)} of two; {len(evaluation.verification.accuracies)} folds of people"
    )
    heads = "".join(f"{f'missed at {_rate(rate)}':<18}" for rate in _FALSE_MATCH_RATES)
    yield f"  {'score':<20}{'told rightly':<25}{heads}".rstrip()
    for rule, verification in (
        ("normalised", evaluation.verification),
        ("Euclidean", evaluation.plain_verification),
    ):
        told = f"{100 * verification.accuracy:.2f} % +- {100 * verification.standard_error:.2f}"
        missed = "".join(f"{_percent(verification.scores.missed_at(rate)):<18}" for rate in _FALSE_MATCH_RATES)
        yield f"  {rule:<20}{told:<25}{missed}".rstrip()


def _identification_record(found: Identification, tally: Tally) -> dict[str, object]:
    return {
        "kind": "identification",
        "enrolled_pictures": found.setting.enrolled_pictures,
        "probe_pictures": found.setting.probe_pictures,
        "people": found.people,
        "rotations": found.rotations,
        "strangers_are": "people left out in turn" if found.left_out else "given",
        "strangers_named": _share_record(tally.strangers_named),
        "named_rightly": _share_record(tally.named_rightly),
        "named_wrongly": _share_record(tally.named_wrongly),
        "called_strangers": _share_record(tally.called_strangers),
        "uncertain": dict(tally.uncertain),
    }


def _verification_record(verification: Verification) -> dict[str, object]:
    scores = verification.scores
    return {
        "accuracy": verification.accuracy,
        "standard_error": verification.standard_error,
        "folds": len(verification.accuracies),
        "pairs_of_one": len(scores.same),
        "pairs_of_two": len(scores.different),
        "missed_at": {f"{rate:g}": scores.missed_at(rate) for rate in _FALSE_MATCH_RATES},
    }


def _share_record(share: Share) -> dict[str, object]:
    return {
        "share": share.value,
        "hits": share.hits,
        "trials": share.trials,
        "people": share.people,
        "interval": list(share.interval),
    }


def _title(setting: Setting) -> str:
    return (
        f"Enrolled from {_count(setting.enrolled_pictures, 'picture')}, "
        f"looked at in {_count(setting.probe_pictures, 'picture')}"
    )


def _share(share: Share) -> str:
    if share.value is None:
        return "-"
    low, high = share.interval
    return f"{_percent(share.value)} [{100 * low:.1f} to {100 * high:.1f}]"


def _rate(rate: float) -> str:
    return f"{100 * rate:.3g} %"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
