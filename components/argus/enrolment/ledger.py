"""What was refused, so that it need not be looked at again. A cache of this machine; no part of the collection."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from argus.enrolment.judge import RULES, Refusal, Verdict
from argus.storage.folder import write_whole


class RefusalLedger:
    """Verdicts about refused photos, by the sha256 of their bytes, in one small JSON file.

    A ledger of other rules or another model is forgotten, as is one that cannot be read; one that cannot be written
    only costs time. Without a path it remembers as long as it lives.
    """

    def __init__(self, path: Path | None, model_id: str) -> None:
        self._path = path
        self._engine = f"{model_id}/{RULES}"
        self._refused = self._read()

    def find(self, face_id: str) -> Verdict | None:
        """The verdict about these bytes, if they were refused before."""
        return self._refused.get(face_id)

    def add(self, face_id: str, verdict: Verdict) -> None:
        """Remembers a refusal until :meth:`save`."""
        self._refused[face_id] = verdict

    def save(self) -> None:
        """Writes the file, whole or not at all."""
        if self._path is None:
            return
        entries = {
            face_id: [verdict.refusal.value, verdict.message]
            for face_id, verdict in sorted(self._refused.items())
            if verdict.refusal is not None
        }
        with suppress(OSError):
            write_whole(self._path, json.dumps({"engine": self._engine, "refused": entries}).encode())

    def _read(self) -> dict[str, Verdict]:
        if self._path is None:
            return {}
        try:
            content = json.loads(self._path.read_bytes())
            if content["engine"] != self._engine:
                return {}
            return {
                str(face_id): Verdict(Refusal(reason), str(message))
                for face_id, (reason, message) in content["refused"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}
