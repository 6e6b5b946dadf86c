from __future__ import annotations

import numpy as np
import pytest

from argus.core.types import Person
from argus.evaluation import verification
from argus.evaluation.identification import Sitter
from argus.evaluation.verification import PairScores, verify
from tests.core.measures import flat_calibration
from tests.evaluation.sitters import sitters


def test_all_pairs_are_compared() -> None:
    people = [*sitters(12, 3), *sitters(8, 1, first_axis=20, prefix="s")]
    found = verify(people, None)
    assert found is not None
    assert len(found.scores.same) == 12 * 3
    assert len(found.scores.same) + len(found.scores.different) == 44 * 43 // 2
    assert found.scores.same == pytest.approx(0.05 * 2**0.5)
    assert len(found.accuracies) == 10
    assert (found.accuracy, found.standard_error) == (1, 0)


def test_scores_are_normalised() -> None:
    plain, normalised = verify(sitters(4, 2), None), verify(sitters(4, 2), flat_calibration())
    assert plain is not None and normalised is not None
    assert normalised.scores.different == pytest.approx(plain.scores.different - 1)


def test_a_fold_is_judged_by_the_threshold_of_the_others() -> None:
    """In the fold of those with wide-spread pictures the others' threshold is too strict."""
    calm, wide = sitters(3, 2), sitters(1, 2, first_axis=10)[0]
    spread = np.array(wide.vectors)
    spread[1, 40] = 2
    found = verify([Sitter(Person("wide", "Wide"), spread), *calm, *sitters(4, 1, first_axis=20, prefix="s")], None)
    assert found is not None
    assert sorted(found.accuracies)[0] == pytest.approx(0.5)
    assert sorted(found.accuracies)[1:] == [1, 1, 1]


@pytest.mark.parametrize("people", [[], sitters(5, 1), [*sitters(1, 3), *sitters(4, 1, first_axis=5)]])
def test_too_few_people_cannot_be_verified(people: list[Sitter]) -> None:
    assert verify(people, None) is None


def test_of_very_many_pictures_not_all_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MAX_PICTURES", 12)
    found = verify(sitters(12, 3), None)
    assert found is not None
    assert len(found.scores.same) + len(found.scores.different) == 12 * 11 // 2


def test_errors_at_a_threshold() -> None:
    scores = PairScores(np.array([0.1, 0.2, 0.3, 0.8]), np.array([0.25, *np.linspace(0.5, 1, 99)]))
    assert scores.false_matches(0.3) == 0.01
    assert scores.false_non_matches(0.3) == 0.25
    assert scores.accuracy(0.3) == pytest.approx(0.87)
    assert scores.best_threshold == 0.3
    assert scores.missed_at(0.01) == 0.25
    assert scores.missed_at(0.001) is None
