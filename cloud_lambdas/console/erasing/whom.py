"""Who is being erased, and what they are recognised by in what names them by name alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from argus.core.errors import EventError
from argus.core.events import decode


@dataclass(frozen=True)
class Whom:
    """A person, by the id and by what they are or were called."""

    id: str
    name: str

    def is_told_of(self, sentence: str) -> bool:
        """Whether a sentence for people names them."""
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sentence) for word in (self.id, self.name))

    def is_in_event(self, payload: bytes) -> bool:
        """Whether a device's message names them; of what is no event, whether their id or name stands in it."""
        try:
            event = decode(payload)
        except EventError:
            return self.is_in_text(payload.decode(errors="replace"))
        return event.person is not None and event.person.id == self.id

    def is_in_text(self, text: str) -> bool:
        """Whether their id or name stands in it between quotation marks, as JSON writes it."""
        spelled = {json.dumps(word, ensure_ascii=ascii) for word in (self.id, self.name) for ascii in (True, False)}
        return any(word in text for word in spelled)
