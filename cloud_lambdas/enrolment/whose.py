"""Whose photo is it said to be?"""

from __future__ import annotations

from typing import Protocol

from argus.core.errors import UsageError
from argus.enrolment.naming import DEFAULT_CATEGORY, check_same_name, person_of
from cloud_lambdas.enrolment.photos_bucket import StoredPhoto
from cloud_lambdas.shared.enrolled_person import as_person, newcomer
from cloud_lambdas.shared.person import PersonRecord

PEOPLE_PREFIX = "people"
"""``people/<person>/<anything>`` says it by the key; any other key by the tag or metadata PERSON."""

PERSON, CATEGORY = "person", "category"


class People(Protocol):
    """See :class:`cloud_lambdas.shared.people_table.PeopleTable`."""

    def find(self, person_id: str) -> PersonRecord | None: ...

    def named(self, name: str) -> PersonRecord | None: ...


def whose(photo: StoredPhoto, people: People) -> PersonRecord:
    """The person of a photo, by id or name; somebody new where nobody is called so.

    Raises:
        UsageError: nobody is named, nobody can be called so, or the name is of two people.
    """
    reference = folder_of(photo.key) or photo.said.get(PERSON, "").strip()
    if not reference:
        raise UsageError(
            f"nobody says whose photo this is: send it to {PEOPLE_PREFIX}/NAME/, or with the tag {PERSON!r} that holds "
            "a name or an id"
        )
    found = people.find(reference)
    if found is not None:
        return found
    new = person_of(reference, photo.said.get(CATEGORY, "").strip() or DEFAULT_CATEGORY)
    found = people.named(new.name) or people.find(new.id)
    if found is None:
        return newcomer(new)
    if found.standing != "deleted":
        check_same_name(as_person(found), new)
    return found


def folder_of(key: str) -> str | None:
    """Whose photo it is by its key; None where its tags or metadata say it."""
    folder, _, rest = key.partition("/")
    person, slash, _ = rest.partition("/")
    return person if folder == PEOPLE_PREFIX and person and slash else None
