"""People made, renamed and put in another category; the collection follows."""

from __future__ import annotations

from dataclasses import replace

from argus.core.errors import UsageError
from argus.core.types import Person
from argus.enrolment.naming import person_of
from argus.enrolment.photos import DEFAULT_CATEGORY
from cloud_lambdas.shared.changes import Change, ChangesQueue
from cloud_lambdas.shared.enrolled_person import as_person, newcomer
from cloud_lambdas.shared.people_table import PeopleTable


class PeopleEditor:
    """Each change is written, then told; repeating one that was not told tells it."""

    def __init__(self, people: PeopleTable, changes: ChangesQueue) -> None:
        self._people = people
        self._changes = changes

    def create(self, name: str, category: str = DEFAULT_CATEGORY) -> Person:
        """Somebody new, of whom there are no photos yet.

        Raises:
            UsageError: nobody can be called so, or somebody is.
        """
        person = person_of(name, category)
        self._check_free(person)
        self._people.create(newcomer(person))
        return person

    def rename(self, person_id: str, name: str) -> Person:
        """Another name; the id stays.

        Raises:
            UsageError: there is no such person, nobody can be called so, or somebody else is.
        """
        before = self._find(person_id)
        person = replace(before, name=person_of(name, before.category).name)
        self._check_free(person)
        return self._change(person)

    def categorise(self, person_id: str, category: str) -> Person:
        """Another category.

        Raises:
            UsageError: there is no such person, or it is no category.
        """
        before = self._find(person_id)
        return self._change(replace(before, category=person_of(before.name, category).category))

    def _find(self, person_id: str) -> Person:
        known = self._people.find(person_id)
        if known is None or known.standing == "deleted":
            raise UsageError(f"there is nobody with the id {person_id!r}: look at the people there are")
        return as_person(known)

    def _check_free(self, person: Person) -> None:
        other = self._people.named(person.name)
        if other is not None and other.id != person.id:
            raise UsageError(f"there is already somebody called {person.name!r}: choose a name that tells them apart")

    def _change(self, person: Person) -> Person:
        self._people.change(person.id, {"name": person.name, "category": person.category})
        self._changes.send(Change(person.id))
        return person
