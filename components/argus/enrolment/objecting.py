"""What is said of a photo that is good by itself, and not beside others."""

from __future__ import annotations

from collections.abc import Sequence

from argus.core.admission import Doubt, Objection
from argus.core.types import Person
from argus.enrolment.judge import Refusal, Verdict


def given_for(names: Sequence[str]) -> Verdict:
    """The same bytes are said to show several people."""
    return Verdict(Refusal.DUPLICATE, f"the same photo is given for {', '.join(names)}: keep it for one of them only")


def objected(objection: Objection, person: Person, repeated: str | None) -> Verdict:
    """The objection to a photo of ``person``.

    Args:
        repeated: what the photo is called that it is a duplicate of; None when that is not known.
    """
    if objection.doubt is Doubt.UNLIKE:
        return Verdict(
            Refusal.UNLIKE,
            f"this does not look like the other photos of {person.name}: check whose photo it is, or send more",
        )
    if objection.person is not None:
        return Verdict(
            Refusal.COLLISION,
            f"this looks like {objection.person.name}, who was enrolled before: check whose photo it is",
        )
    return Verdict(
        Refusal.DUPLICATE,
        f"this repeats {repeated or f'a photo that {person.name} has'}: nothing is lost, but a photo from another day "
        "or in another light would help",
    )
