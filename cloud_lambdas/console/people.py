"""People made, looked at and changed; the collection follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from argus.core.errors import UsageError
from argus.enrolment.naming import DEFAULT_CATEGORY, person_id, person_of
from cloud_lambdas.console.contact import email_address, phone_number, short_note
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.enrolment.stores import Stores, open_stores
from cloud_lambdas.enrolment.verdicts_table import PhotoVerdict
from cloud_lambdas.shared.changes import Change
from cloud_lambdas.shared.faces_table import StoredFace
from cloud_lambdas.shared.people_table import Called
from cloud_lambdas.shared.person import PersonRecord

_OPTIONAL: Mapping[str, Callable[[str], str]] = {"phone": phone_number, "email": email_address, "note": short_note}
"""What a record may lack -> how it is checked."""

_IN_THE_COLLECTION = {"name", "category"}


@dataclass(frozen=True)
class Shown:
    """A person, with what they were enrolled with."""

    record: PersonRecord
    faces: tuple[StoredFace, ...]
    verdicts: tuple[PhotoVerdict, ...]


def open_people(stack: Stack) -> CloudPeople:
    """The people of a stack."""
    return CloudPeople(open_stores(stack.environment(), stack.clients))


class CloudPeople:
    """Each change is written, then told to the publisher; repeating one that was not told tells it."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def listed(self, limit: int, after: str = "") -> tuple[list[PersonRecord], bool]:
        """People by id, from the one after ``after`` on; whether there are more."""
        known = sorted((one for one in self._stores.people.everybody() if _is_there(one)), key=lambda one: one.id)
        rest = [one for one in known if one.id > after]
        return rest[:limit], len(rest) > limit

    def find(self, reference: str) -> PersonRecord:
        """Somebody by id, or else by name.

        Raises:
            UsageError: there is nobody, or several people have the name.
        """
        found = self.look(reference)
        if found is None:
            raise UsageError(f"nobody has the id or the name {reference!r}: see `argus cloud people list`")
        return found

    def look(self, reference: str) -> PersonRecord | None:
        """As :meth:`find`; None where there is nobody."""
        found = self._stores.people.find(reference)
        return found if found is not None and _is_there(found) else self._stores.people.named(reference.strip())

    def find_to_erase(self, reference: str) -> Called | None:
        """Somebody as :meth:`find` does, or whoever was erased; None where there is no record of such a person.

        Of whoever is not erased to the end yet, any name in any spelling will do.

        Raises:
            UsageError: several people are meant, or somebody who is called a little differently.
        """
        by_id = self._stores.people.called(reference)
        if by_id is not None and (by_id.ended_at is None or by_id.names):
            return by_id
        wanted, everybody = person_id(reference), list(self._stores.people.all_called())
        alike = [one for one in everybody if wanted in {one.id, *map(person_id, one.names)}]
        present = self._stores.people.named(reference.strip())
        meant = [one for one in alike if one.ended_at is not None and one.names]
        meant += [one for one in everybody if present is not None and one.id == present.id]
        if len(meant) > 1:
            raise UsageError(f"{reference!r} means {len(meant)} people: give the id of one of them ({_ids(meant)})")
        if meant:
            return meant[0]
        if by_id is None and (near := [one for one in alike if one.ended_at is None]):
            raise UsageError(f"nobody has the id or the name {reference!r}: give the id if you mean {_ids(near)}")
        return by_id or next(iter(alike), None)

    def show(self, reference: str) -> Shown:
        """Somebody with their faces and the verdicts on their photos.

        Raises:
            UsageError: see :meth:`find`.
        """
        record = self.find(reference)
        verdicts = sorted(self._stores.verdicts.of_person(record.id), key=lambda one: one.photo_key)
        return Shown(record, tuple(self._stores.faces.of(record.id)), tuple(verdicts))

    def add(self, name: str, category: str = DEFAULT_CATEGORY, **optional: str) -> PersonRecord:
        """Somebody new, of whom there are no photos yet.

        Args:
            optional: phone, email and note, of those that are known.

        Raises:
            UsageError: nobody can be called so, somebody is, or something is not what it should be.
        """
        person, told = person_of(name, category), _checked(optional)
        self._check_free(person.id, person.name)
        record = PersonRecord(
            person.id, "known", person.name, person.category, told.get("phone"), told.get("email"), told.get("note")
        )
        self._stores.people.create(record)
        return record

    def change(self, reference: str, changes: Mapping[str, str]) -> PersonRecord:
        """Another name, category, phone, email or note; the id stays. An empty phone, email or note is taken away.

        Raises:
            UsageError: see :meth:`find` and :meth:`add`.
        """
        before = self.find(reference)
        name, category = before.name or before.id, before.category or DEFAULT_CATEGORY
        person = person_of(changes.get("name", name), changes.get("category", category))
        written: dict[str, str | None] = dict(_checked(changes))
        written |= {what: None for what in _OPTIONAL if changes.get(what, "-").strip() == ""}
        if "name" in changes:
            self._check_free(before.id, person.name)
            written["name"] = person.name
        if "category" in changes:
            written["category"] = person.category
        if not written:
            raise UsageError("nothing is to be changed: say what, such as --category resident")
        former = before.name if "name" in written and written["name"] != before.name else None
        self._stores.people.change(before.id, written, former)
        if _IN_THE_COLLECTION & written.keys():
            self._stores.changes.send(Change(before.id))
        return self.find(before.id)

    def _check_free(self, person_id: str, name: str) -> None:
        other = self._stores.people.named(name)
        if other is not None and other.id != person_id:
            raise UsageError(f"there is already somebody called {name!r}: choose a name that tells them apart")


def _checked(values: Mapping[str, str]) -> dict[str, str]:
    return {what: check(values[what]) for what, check in _OPTIONAL.items() if values.get(what, "").strip()}


def _ids(found: Iterable[Called]) -> str:
    return ", ".join(sorted(one.id for one in found))


def _is_there(record: PersonRecord) -> bool:
    return record.standing != "deleted"
