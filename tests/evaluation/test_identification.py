"""Counting verdicts, with people whose verdicts are known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from argus.core.types import Person
from argus.evaluation.identification import Identification, Setting, Sitter, identify
from tests.core.measures import flat_calibration
from tests.evaluation.sitters import sitter, sitters


def measured(
    people: Sequence[Sitter], strangers: Sequence[Sitter], enrolled: int = 1, probe: int = 1, rotations: int = 5
) -> Identification:
    found = identify(
        people,
        strangers,
        flat_calibration(),
        Setting(enrolled, probe),
        false_alarm_rates=(0.01,),
        rotations=rotations,
    )
    assert found is not None
    return found


def test_everybody_is_told_rightly() -> None:
    found = measured(sitters(6, 3), sitters(4, 1, first_axis=10, prefix="s"))
    tally = found.at_rates[0.01]
    assert (found.people, found.rotations, found.left_out) == (6, 3, False)
    assert (tally.named_rightly.hits, tally.named_rightly.trials, tally.named_rightly.people) == (36, 36, 6)
    assert (tally.strangers_named.hits, tally.strangers_named.trials, tally.strangers_named.people) == (0, 12, 4)
    assert tally.named_wrongly.hits == tally.called_strangers.hits == 0
    assert not tally.uncertain


def test_a_stranger_who_looks_like_somebody_is_counted_in_every_rotation() -> None:
    double = Sitter(Person("double", "Double"), sitter("x", 0, 1).vectors)
    tally = measured(sitters(6, 3), [double, *sitters(1, 1, first_axis=10, prefix="s")]).at_rates[0.01]
    assert (tally.strangers_named.hits, tally.strangers_named.trials) == (3, 6)


def test_a_wrong_name_and_a_missing_one() -> None:
    ann, bob, eve = sitters(3, 2)
    swapped = Sitter(ann.person, np.stack([ann.vectors[0], bob.vectors[1]]))
    lost = Sitter(eve.person, np.stack([eve.vectors[0], sitter("x", 20, 1).vectors[0]]))
    tally = measured([swapped, bob, lost], [], rotations=1).at_rates[0.01]
    assert (tally.named_rightly.hits, tally.named_wrongly.hits, tally.called_strangers.hits) == (1, 1, 1)


def test_an_open_verdict_has_its_reason() -> None:
    """Two people with one face: whoever of them comes could be either."""
    twin = Sitter(Person("twin", "Twin"), sitter("p0", 0, 2, spread=0.1).vectors)
    tally = measured([*sitters(1, 2), twin], [], rotations=1).at_rates[0.01]
    assert tally.uncertain["thin_margin"] >= 1


def test_without_strangers_each_person_in_turn_is_one() -> None:
    found = measured(sitters(5, 3), [])
    tally = found.at_rates[0.01]
    assert found.left_out
    assert (tally.strangers_named.trials, tally.strangers_named.people) == (3 * 5 * 3, 5)
    assert (tally.named_rightly.trials, tally.named_rightly.people) == (3 * 5 * 2, 5)


def test_strangers_with_too_few_pictures_give_way_to_people_left_out() -> None:
    found = measured(sitters(3, 4), sitters(5, 1, first_axis=10, prefix="s"), enrolled=2, probe=2)
    assert found.left_out
    assert found.at_rates[0.01].strangers_named.people == 3


def test_no_picture_is_in_two_probes() -> None:
    tally = measured(sitters(2, 5), [], enrolled=1, probe=2, rotations=1).at_rates[0.01]
    assert tally.named_rightly.trials == 2 * 2


def test_who_has_no_picture_left_is_enrolled_all_the_same() -> None:
    found = measured([*sitters(2, 3), sitter("one", 9, 1)], sitters(1, 1, first_axis=20, prefix="s"))
    assert found.people == 3
    assert found.at_rates[0.01].named_rightly.people == 2


def test_one_person_alone_leaves_no_strangers() -> None:
    tally = measured(sitters(1, 2), []).at_rates[0.01]
    assert (tally.strangers_named.trials, tally.named_rightly.trials) == (0, 2)


def test_nobody_with_enough_pictures() -> None:
    setting = Setting(4, 1)
    assert identify(sitters(3, 2), [], flat_calibration(), setting, false_alarm_rates=(0.01,), rotations=5) is None


def test_the_fixed_tolerance_takes_the_nearest_single_picture() -> None:
    """A stranger 0.55 from one of four enrolled pictures, and 1.02 from their mean."""
    far = np.eye(4, 128, dtype=np.float32)
    near = np.zeros((1, 128), np.float32)
    near[0, 0], near[0, 9] = 1, 0.55
    stranger = Sitter(Person("s", "S"), near)
    found = measured([Sitter(Person("p", "P"), far)], [stranger], enrolled=4, rotations=1)
    assert found.fixed.strangers_named.hits == 1
    assert found.at_rates[0.01].strangers_named.hits == 0
    assert found.fixed_curve.thresholds.tolist() == pytest.approx([0.55])
