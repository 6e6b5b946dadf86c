"""Strangers named and people named rightly on ``lfw-dev``: what is promised, and what was reached before."""

from __future__ import annotations

import json

import pytest

from argus.evaluation.identification import Identification, Setting
from argus.evaluation.measuring import Evaluation
from argus.evaluation.pictures import Album
from tests.accuracy.figures import BASELINE, figures, measure


@pytest.fixture(scope="session")
def evaluation(lfw_vectors: tuple[Album, Album]) -> Evaluation:
    return measure(*lfw_vectors)


def identified(evaluation: Evaluation, setting: Setting) -> Identification:
    (found,) = (one for one in evaluation.identifications if one.setting == setting)
    return found


def test_every_picture_is_used(lfw_vectors: tuple[Album, Album]) -> None:
    people, strangers = lfw_vectors
    assert [len(sitter.vectors) for sitter in people.sitters] == [5] * 80
    assert [len(sitter.vectors) for sitter in strangers.sitters] == [1] * 300
    assert not people.left_out + strangers.left_out


@pytest.mark.parametrize(("photos", "named"), [(1, 0.88), (4, 0.97)])
def test_one_picture_to_look_at(evaluation: Evaluation, photos: int, named: float) -> None:
    found = identified(evaluation, Setting(photos, 1))
    assert (found.people, found.rotations, found.left_out) == (80, 5, False)
    lax, strict = found.at_rates[0.01], found.at_rates[0.001]
    assert lax.strangers_named.trials == 5 * 300
    assert lax.strangers_named.hits <= 1.5 * 0.01 * 5 * 300
    assert strict.strangers_named.hits <= 5
    assert lax.named_rightly.value is not None
    assert lax.named_rightly.value >= named


@pytest.mark.parametrize("setting", [Setting(1, 4), Setting(2, 2)])
def test_several_pictures_to_look_at(evaluation: Evaluation, setting: Setting) -> None:
    """The strangers have one picture each, so the people themselves are the strangers, left out in turn."""
    found = identified(evaluation, setting)
    assert found.left_out
    lax, strict = found.at_rates[0.01], found.at_rates[0.001]
    assert lax.strangers_named.hits <= 1.5 * 0.01 * lax.strangers_named.trials
    assert strict.strangers_named.hits <= 5
    assert lax.named_rightly.value is not None
    assert lax.named_rightly.value >= 0.97


@pytest.mark.parametrize("photos", [1, 4])
def test_the_fixed_tolerance_names_a_third_of_all_strangers(evaluation: Evaluation, photos: int) -> None:
    found = identified(evaluation, Setting(photos, 1))
    assert found.fixed.strangers_named.value is not None
    assert found.fixed.strangers_named.value > 1 / 3


def test_verification_over_all_pairs(evaluation: Evaluation) -> None:
    assert evaluation.verification is not None and evaluation.plain_verification is not None
    scores = evaluation.verification.scores
    assert (len(scores.same), len(scores.same) + len(scores.different)) == (80 * 10, 700 * 699 // 2)
    assert len(evaluation.verification.accuracies) == 10
    assert evaluation.verification.accuracy >= 0.99
    normalised, plain = scores.missed_at(1e-4), evaluation.plain_verification.scores.missed_at(1e-4)
    assert normalised is not None and plain is not None
    assert normalised < plain


def test_nothing_is_worse_than_it_was(evaluation: Evaluation) -> None:
    """Nor better without saying so: ``python -m tests.accuracy.figures`` writes the new figures down."""
    baseline = json.loads(BASELINE.read_bytes())
    assert figures(evaluation) == pytest.approx(baseline["figures"], rel=0, abs=baseline["tolerance"])
