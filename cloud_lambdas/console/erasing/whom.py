"""Who is being erased, and what they are recognised by in what names them by name alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from argus.core.errors import EventError
from argus.core.events import decode
from argus.enrolment.naming import person_id as id_of
from cloud_lambdas.shared.people_table import PeopleTable


@dataclass(frozen=True)
class Whom:
    """A person.

    Attributes:
        names: what they are and were called, but for what means somebody else by now.
        ids: theirs, and those that their names would make, but for whose somebody else is.
    """

    id: str
    names: frozenset[str]
    ids: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """What means them."""
        return self.ids | self.names

    def is_told_of(self, sentence: str) -> bool:
        """Whether a sentence for people names them."""
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sentence) for word in self.words)

    def is_in_event(self, payload: bytes) -> bool:
        """Whether a device's message names them; of what is no event, whether an id or name of theirs stands in it."""
        try:
            event = decode(payload)
        except EventError:
            return self.is_in_text(payload.decode(errors="replace"))
        return event.person is not None and event.person.id == self.id

    def is_in_text(self, text: str) -> bool:
        """Whether an id or name of theirs stands in it between quotation marks, as JSON writes it."""
        spelled = {json.dumps(word, ensure_ascii=ascii) for word in self.words for ascii in (True, False)}
        return any(word in text for word in spelled)


def whom_of(people: PeopleTable, person_id: str) -> Whom:
    """Whoever has that id, or has had it."""
    theirs = people.called(person_id)
    others = [one for one in people.all_called() if one.id != person_id and one.ended_at is None]
    taken = {one.id for one in others} | {one.name for one in others}
    names = (theirs.names if theirs is not None else frozenset()) - taken
    return Whom(person_id, names, frozenset({person_id} | ({id_of(name) for name in names} - taken)))
