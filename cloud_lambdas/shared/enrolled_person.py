"""Between the cloud's record of a person and what photos, collections and devices know of them."""

from __future__ import annotations

from argus.core.errors import UsageError
from argus.core.types import Person
from cloud_lambdas.shared.person import PersonRecord

_NO_CATEGORY = "person"


def as_person(record: PersonRecord) -> Person:
    """Id, name and category; the id stands for a name that is not told.

    Raises:
        UsageError: somebody wrote into the table what no person can be called.
    """
    try:
        return Person(record.id, record.name or record.id, record.category or _NO_CATEGORY)
    except ValueError as error:
        raise UsageError(
            f"the record of {record.id!r} cannot be used, for {error}: mend it in the table of people"
        ) from error


def newcomer(person: Person) -> PersonRecord:
    """Somebody of whom there is no record yet."""
    return PersonRecord(person.id, "unlisted", person.name, person.category)
