"""Who looks alike: exactly the pairs under the bound, and few by chance."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core import lookalikes
from argus.core.calibration import Calibration
from argus.core.lookalikes import CHANCE, LookAlikes, look_alikes
from argus.core.matching import ALIKE_FACTOR, Gallery, Outcome, normalised_distance
from argus.core.types import Person, Template
from tests.core.measures import MODELS, at, entry, flat_calibration, real_calibration

RATE = 0.01


def crowd(seed: int, size: int) -> list[tuple[Person, Template]]:
    """Invented people in a cloud as wide as that of real faces, some of them close together."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 0.1, (1 + size // 3, 128))
    vectors = centres[random.integers(len(centres), size=size)] + random.normal(0, 0.04, (size, 128))
    pictures = random.integers(1, 7, size).tolist()
    return [
        (Person(f"person-{number}", "Name"), Template(vector.astype(np.float32), count))
        for number, (vector, count) in enumerate(zip(vectors, pictures, strict=True))
    ]


@given(st.integers(0, 10_000), st.integers(0, 40), st.randoms(use_true_random=False))
def test_the_pairs_are_those_that_comparing_one_by_one_finds(seed: int, size: int, random: Random) -> None:
    calibration, people = real_calibration(), crowd(seed, size)
    pair_rate = calibration.strictness(CHANCE, max(1, size * (size - 1) // 2)).pair_rate
    expected = []
    for (one, first), (other, second) in combinations(sorted(people, key=lambda pair: pair[0].id), 2):
        counts = (first.pictures, second.pictures)
        threshold = min(calibration.threshold(pair_rate, *order) for order in (counts, counts[::-1]))
        distance = normalised_distance(calibration, first, second)
        if distance <= threshold:
            expected.append(LookAlikes(one, other, distance, threshold))
    random.shuffle(people)
    found = look_alikes(people, calibration)
    assert [pair.excess for pair in found] == sorted(pair.excess for pair in found)
    assert sorted((pair.people for pair in found), key=str) == sorted((pair.people for pair in expected), key=str)
    assert sorted(pair.excess for pair in found) == pytest.approx(sorted(pair.excess for pair in expected), abs=1e-9)


def test_pairs_are_found_across_the_blocks_that_are_compared_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookalikes, "_BLOCK", 512)
    random = np.random.default_rng(1)
    vectors = random.normal(0, 0.15, (1100, 128)).astype(np.float32)
    vectors[1050] = vectors[3] + np.float32(0.001)
    people = [(Person(f"person-{number:04}", "Name"), Template(vector, 1)) for number, vector in enumerate(vectors)]
    (pair,) = look_alikes(people, flat_calibration())
    assert [person.id for person in pair.people] == ["person-0003", "person-1050"]


@pytest.mark.parametrize("among", [None, [0, 511, 512, 513, 1299]], ids=["all", "some"])
def test_of_many_people_the_pairs_are_those_of_a_brute_force_in_float64(
    among: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookalikes, "_BLOCK", 512)
    calibration, people = real_calibration(), crowd(7, 1300)
    rate = calibration.strictness(CHANCE, 1300 * 1299 // 2).pair_rate
    vectors = np.stack([template.vector for _, template in people]).astype(np.float64)
    half = calibration.crowding.estimate(vectors) / 2
    counts = sorted({template.pictures for _, template in people})
    limits = {
        (a, b): min(calibration.threshold(rate, a, b), calibration.threshold(rate, b, a))
        for a in counts
        for b in counts
    }
    expected = {}
    for i in range(1300) if among is None else among:
        distances = np.sqrt(((vectors - vectors[i]) ** 2).sum(axis=1)) - half - half[i]
        for j in np.flatnonzero(distances <= max(limits.values())).tolist():
            if j != i and distances[j] <= limits[people[i][1].pictures, people[j][1].pictures]:
                expected[frozenset((people[i][0].id, people[j][0].id))] = distances[j]
    found = {frozenset((pair.one.id, pair.other.id)): pair for pair in look_alikes(people, calibration, among)}
    assert len(expected) > 5 and found.keys() == expected.keys()
    for pair, distance in expected.items():
        assert found[pair].normalised_distance == pytest.approx(distance, abs=1e-12)


def test_rounding_leaves_no_pair_out_however_near_it_has_to_be() -> None:
    rate = real_calibration().strictness(CHANCE, 40 * 39 // 2).pair_rate
    threshold = real_calibration().threshold(rate, 1, 1)
    flat = {"quadratic": np.zeros((128, 128)), "linear": np.zeros(128), "constant": np.array(1e-7 - threshold)}
    calibration = Calibration.parse((MODELS / "calibration.json").read_bytes(), flat)
    vectors = np.random.default_rng(3).normal(0, 0.5, (20, 128)).astype(np.float32)
    people = [(Person(f"person-{number}", "Name"), Template(vectors[number % 20], 1)) for number in range(40)]
    assert len(look_alikes(people, calibration)) == 20


def test_the_more_people_the_nearer_is_unusual_down_to_where_the_tables_end() -> None:
    calibration = flat_calibration()
    far = [(Person(f"person-{number}", "Name"), at(number, 9, 1)) for number in range(120)]
    twins = [(Person(name, name), at(127, length, 1)) for name, length in (("ann", 0.1), ("eve", 0.2))]
    limits = [look_alikes(far[:size] + twins, calibration)[0].threshold for size in (0, 10, 100)]
    assert limits == sorted(limits, reverse=True)
    assert len(set(limits)) == 3
    assert limits[-1] > calibration.threshold(calibration.smallest_pair_rate, 1, 1)


def test_people_who_look_alike_have_stricter_thresholds_and_others_have_not() -> None:
    calibration = flat_calibration()
    people = [entry("ann", at(0, 0.1)), entry("eve", at(0, 0.2)), entry("bob", at(1, 9))]
    gallery = Gallery(people, calibration)
    assert [[person.id for person in pair.people] for pair in gallery.look_alikes] == [["ann", "eve"]]
    rate = gallery.strictness(RATE).pair_rate
    ordinary, strict = (calibration.threshold(one, 4, 4) for one in (rate, rate / ALIKE_FACTOR))
    thresholds = {one.person.id: (one.threshold, one.stricter_by) for one in gallery.rank(at(2, 0.1), rate)}
    assert thresholds["bob"] == (ordinary, 0)
    for alike in ("ann", "eve"):
        assert thresholds[alike] == pytest.approx((strict, ordinary - strict))
    probe = at(2, np.sqrt((1 + ordinary - 0.01) ** 2 - 0.01))
    assert gallery.decide(probe, RATE).outcome is Outcome.UNCERTAIN
    assert Gallery([people[0], people[2]], calibration).decide(probe, RATE).outcome is Outcome.MATCH


def test_where_the_tables_end_look_alikes_are_still_stricter() -> None:
    calibration = real_calibration()
    people = [entry("ann", at(0, 0.1)), entry("eve", at(0, 0.11))]
    ranked = Gallery(people, calibration).rank(at(1, 0.1), calibration.smallest_pair_rate)
    assert all(one.stricter_by > 0.02 for one in ranked)


def test_a_changed_gallery_finds_what_a_new_one_finds() -> None:
    calibration = real_calibration()
    people = [entry(person.id, template) for person, template in crowd(5, 600)]
    before = Gallery(people, calibration)
    moved = [entry(one.person.id, Template(one.template.vector + np.float32(0.01), 2)) for one in people[3:9]]
    added = [entry(f"new-{number}", Template(people[number].template.vector, 1)) for number in range(20, 30)]
    renamed = [replace(people[40], person=Person(people[40].person.id, "Another"))]
    changed = [*people[:3], *moved, *people[9:40], *renamed, *people[60:], *added]
    Random(5).shuffle(changed)
    incremental = Gallery(changed, calibration, before=before)
    assert incremental.look_alikes == Gallery(changed, calibration).look_alikes
    assert {"new-20", "person-3", "person-40"} <= {one.id for pair in incremental.look_alikes for one in pair.people}
    few = Gallery(changed[:5], calibration, before=before)
    assert few.look_alikes == Gallery(changed[:5], calibration).look_alikes
    assert Gallery([], calibration, before=before).look_alikes == ()
    assert Gallery(changed, calibration, before=Gallery([], calibration)).look_alikes == incremental.look_alikes
    assert Gallery(changed[:1], calibration, before=Gallery([], calibration)).look_alikes == ()
