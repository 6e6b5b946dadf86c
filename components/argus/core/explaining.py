"""The grounds of a decision in words: what was decided and why, where the threshold comes from, what would change it.

Plain sentences for people; numbers are normalised distances, two digits, said as "under" or "over" a threshold.
"""

from __future__ import annotations

from argus.core.grounds import SMALLEST_RATE, Grounds
from argus.core.matching import Candidate, Outcome, Reason

POOR_WORDS = {
    Reason.SMALL: "too small",
    Reason.BLURRED: "too blurred",
    Reason.TURNED: "turned away too far",
    Reason.DARK: "too dark",
    Reason.BRIGHT: "too bright",
    Reason.FEW_PICTURES: "too few",
}
"""What is the matter with pictures that cannot make somebody a stranger."""

_POOR_REMEDIES = {
    Reason.SMALL: "A larger face: bring the camera nearer, or use more of its resolution.",
    Reason.BLURRED: "A sharper face: more light or a shorter exposure, and a camera that is focused on the spot.",
    Reason.TURNED: "A face seen more from the front: put the camera where people look.",
    Reason.DARK: "More light on the face.",
    Reason.BRIGHT: "Less light straight on the face, or a shorter exposure.",
    Reason.FEW_PICTURES: "More pictures: the person was seen too briefly.",
}


def verdict(grounds: Grounds) -> str:
    """What was decided, and by which gate, in one sentence without its full stop."""
    best = grounds.best
    if best is None:
        return _nobody_enrolled(grounds)
    if grounds.outcome is Outcome.MATCH:
        return f"named {best.person.name}: {_digits(best)} under the threshold, {_others(grounds)}"
    if grounds.outcome is Outcome.UNKNOWN:
        return (
            f"a stranger: the nearest, {best.person.name}, is {_digits(best)} over the threshold, more than the "
            f"{grounds.near:.2f} within which it would be left open"
        )
    if grounds.reason is Reason.THIN_MARGIN:
        second = grounds.candidates[1]
        return (
            f"uncertain: {_count(len(grounds.under))} are under their thresholds, {best.person.name} by "
            f"{_digits(best)} and {second.person.name} by {_digits(second)}; to name one, {grounds.apart:.2f} must lie "
            "between them"
        )
    if grounds.reason is Reason.NEAR_THRESHOLD:
        return (
            f"uncertain: {best.person.name} is {_digits(best)} over the threshold, and up to {grounds.near:.2f} over "
            "it somebody is neither named nor called a stranger"
        )
    return (
        f"uncertain: nobody is under their threshold (the nearest, {best.person.name}, is {_digits(best)} over), and "
        f"the pictures are {_poor_words(grounds)} to call somebody a stranger"
    )


def summary(grounds: Grounds) -> str:
    """The decision in a few words: ``match Maria, 0.12 under``."""
    best = grounds.best
    if best is None:
        return f"{grounds.outcome.value}, nobody enrolled"
    if grounds.outcome is Outcome.MATCH:
        return f"match {best.person.name}, {_digits(best)} under"
    side = "under" if best.excess <= 0 else "over"
    reason = f" ({grounds.reason.value.replace('_', ' ')})" if grounds.reason else ""
    return f"{grounds.outcome.value}{reason}, {best.person.name} nearest, {_digits(best)} {side}"


def origin(grounds: Grounds) -> str:
    """Where the nearest person's threshold comes from; empty when nobody is enrolled."""
    best, strictness = grounds.best, grounds.strictness
    if best is None:
        return ""
    words = (
        f"With {_enrolled(strictness.people)} a rate of {percent(strictness.false_alarm_rate)} is one false match in "
        f"{1 / strictness.pair_rate:,.0f} comparisons; for "
        f"{_pictures(grounds.probe_pictures)} of the face against {_pictures(best.pictures)} of {best.person.name} "
        f"the calibration puts it at {best.threshold + best.stricter_by:+.3f}"
    )
    if best.stricter_by:
        words += f", lowered by {best.stricter_by:.3f} for {best.person.name} to {best.threshold:+.3f}"
    return words + "."


def remedies(grounds: Grounds, *, of_visit: bool = True) -> tuple[str, ...]:
    """What would have changed the outcome, a sentence each; a visit can be corrected, a picture cannot."""
    best = grounds.best
    if best is None:
        return ("Somebody has to be enrolled before anybody can be named.",)
    name, words = best.person.name, []
    if grounds.outcome is Outcome.MATCH:
        words.append(_rate_to_lose(grounds, name))
        if of_visit:
            words.append(f"If it was not {name}, correct it: {name} is then named less easily.")
        return tuple(words)
    if grounds.reason is Reason.THIN_MARGIN:
        second = grounds.candidates[1].person.name
        words.append(f"More photos of {name} and of {second}, in which they look as they do here.")
        words.append(f"If {name} and {second} are one person, enrol them as one.")
        return tuple(words)
    if grounds.reason in _POOR_REMEDIES:
        words.append(_POOR_REMEDIES[grounds.reason])
    if grounds.turning_rate is not None:
        words.append(f"A wanted rate over {percent(grounds.turning_rate)} a look: {name} would be under the threshold.")
    more = f"If it was {name}: more photos ({_pictures(best.pictures)} enrolled), best from this camera"
    words.append(f"{more}; correcting the visit can add one." if of_visit else f"{more}.")
    return tuple(words)


def percent(rate: float) -> str:
    """A rate as people say it: ``1 %``, ``0.05 %``."""
    return f"{100 * rate:.2g} %" if rate < 0.0995 else f"{100 * rate:.0f} %"


def _nobody_enrolled(grounds: Grounds) -> str:
    if grounds.outcome is Outcome.UNKNOWN:
        return "a stranger: nobody is enrolled"
    return f"uncertain: nobody is enrolled, and the pictures are {_poor_words(grounds)} to call somebody a stranger"


def _others(grounds: Grounds) -> str:
    others = grounds.candidates[1:]
    if not others:
        return "and nobody else is enrolled"
    second = others[0]
    if second.excess <= 0:
        apart = second.excess - grounds.candidates[0].excess
        return (
            f"and {second.person.name}, under theirs by {_digits(second)}, is farther by {apart:.2f}, where "
            f"{grounds.apart:.2f} is enough"
        )
    if second.excess <= grounds.near:
        return f"and the next, {second.person.name}, is {_digits(second)} over theirs"
    return "and nobody else is near"


def _rate_to_lose(grounds: Grounds, name: str) -> str:
    rate = grounds.turning_rate
    if rate is None or rate <= SMALLEST_RATE:
        return f"No wanted rate, however small: {name} would be named all the same."
    return f"A wanted rate under {percent(rate)} a look: {name} would not have been named."


def _poor_words(grounds: Grounds) -> str:
    assert grounds.poor is not None, "good pictures of nobody near are a stranger's"
    return POOR_WORDS[grounds.poor]


def _digits(candidate: Candidate) -> str:
    return f"{abs(candidate.excess):.2f}"


def _count(people: int) -> str:
    return "two people" if people == 2 else f"{people} people"


def _enrolled(people: int) -> str:
    return f"{people} person enrolled" if people == 1 else f"{people} people enrolled"


def _pictures(count: int) -> str:
    return "one picture" if count == 1 else f"{count} pictures"
