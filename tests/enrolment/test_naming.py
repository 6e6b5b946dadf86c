from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import UsageError
from argus.core.types import Person
from argus.enrolment.naming import check_same_name, person_id, person_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Barack Obama", "barack-obama"),
        ("George_W_Bush", "george-w-bush"),
        ("  Jörg O'Neill ", "jörg-o-neill"),
        ("JÖRG O'NEILL", "jörg-o-neill"),
        (unicodedata.normalize("NFD", "Jörg O'Neill"), "jörg-o-neill"),
        ("田中 太郎", "田中-太郎"),
        ("../../etc", "etc"),
        ("🙂", "person-d06f1525"),
    ],
)
def test_the_rule_never_changes(name: str, expected: str) -> None:
    assert person_id(name) == expected


@given(st.text(min_size=1, max_size=80))
def test_every_name_gives_a_person_or_one_clear_message(name: str) -> None:
    try:
        person = person_of(name, "person")
    except UsageError as error:
        assert "nobody can be called" in str(error)
    else:
        assert person == person_of(name, "person")
        assert person_id(person.name) == person.id


def test_names_that_differ_only_at_their_end_have_ids_of_their_own() -> None:
    assert person_id("a" * 200 + "b") != person_id("a" * 200 + "c")


def test_two_names_with_one_id_are_refused() -> None:
    check_same_name(Person("ann-lee", "Ann Lee"), Person("ann-lee", "Ann Lee", "resident"))
    check_same_name(Person("ann-lee", "Ann Lee"), Person("bob", "Bob"))
    with pytest.raises(UsageError, match="same id 'ann-lee'"):
        check_same_name(Person("ann-lee", "Ann Lee"), Person("ann-lee", "ann lee"))
