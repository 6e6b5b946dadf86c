"""How strict somebody has to be who was named in visits that were not theirs, and how strict without one of them.

The threshold is lowered until the visit would not have named them, and by the slack within which a face is left open
(:data:`argus.core.matching.NEAR_FACTOR`) more, as the same stranger will not come in exactly the same way again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from argus.core.calibration import Calibration
from argus.core.collection import Enrolled
from argus.core.matching import NEAR_FACTOR, Gallery, normalised_distance
from argus.core.types import Template
from argus.device.records.values import CounterExample, VisitRecord

_SAME = 1e-9
"""Two numbers of one threshold that differ by less are the same one, stored and read again."""


def needed(record: VisitRecord, enrolled: Enrolled, gallery: Gallery) -> float:
    """The least ``stricter_by`` at which no look of the visit names somebody, with the slack; never less than now."""
    most = enrolled.stricter_by
    for look in record.looks:
        if look.grounds is None:
            continue
        rate, template = look.grounds.strictness.false_alarm_rate, look.template
        ranked = gallery.rank(template, gallery.strictness(rate).pair_rate, len(gallery))
        candidate = next(one for one in ranked if one.person.id == enrolled.person.id)
        if candidate.excess <= 0:
            slack = gallery.slack(candidate, template.pictures, NEAR_FACTOR, rate)
            most = max(most, enrolled.stricter_by - candidate.excess + slack)
    return most


def base(enrolled: Enrolled, others: Sequence[CounterExample]) -> float:
    """What a new counter-example builds on: the ground of ``others`` in force, if it is they who set the threshold."""
    together = max([one.base for one in others] + [one.needed for one in others], default=0.0)
    return others[0].base if others and abs(enrolled.stricter_by - together) <= _SAME else enrolled.stricter_by


def left_without(counter: CounterExample, enrolled: Enrolled, others: Sequence[CounterExample]) -> float:
    """The ``stricter_by`` that is left when ``counter`` is taken back and ``others`` stay in force."""
    left = max([counter.base, *(one.needed for one in others)])
    # Somebody else may have set it in the meantime; that stays.
    return left if abs(enrolled.stricter_by - max(left, counter.needed)) <= _SAME else enrolled.stricter_by


def lost_photos(record: VisitRecord, enrolled: Enrolled, stricter_by: float, calibration: Calibration) -> int:
    """How many of somebody's photos the others recognise now, and would not with ``stricter_by``."""
    grounds = record.deciding.grounds
    if len(enrolled.faces) < 2 or grounds is None:
        return 0
    lost = 0
    for face in enrolled.faces:
        rest = np.stack([other.vector for other in enrolled.faces if other is not face])
        template = Template.mean(rest, enrolled.template.model_id)
        probe = Template(face.vector, 1, enrolled.template.model_id)
        score = normalised_distance(calibration, probe, template)
        threshold = calibration.threshold(grounds.strictness.pair_rate, template.pictures, 1)
        lost += threshold - stricter_by < score <= threshold - enrolled.stricter_by
    return lost
