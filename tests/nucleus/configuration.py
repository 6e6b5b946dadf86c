"""A component's configuration as the nucleus keeps it: on disk, merged by deployments, read by key path."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

KeyPath = tuple[str, ...]


class NoSuchKey(LookupError):
    """There is nothing at a key path."""


class Configuration:
    """What is in ``path`` goes over ``defaults``, as on a device that had an older version of the component.

    Args:
        texts: numbers and booleans arrive as texts, as on nucleus lite those of a YAML file do.
    """

    def __init__(self, path: Path, defaults: Mapping[str, Any], *, texts: bool = False) -> None:
        self._path = path
        self._texts = texts
        self._defaults = defaults
        self._document: dict[str, Any] = json.loads(path.read_text() if path.exists() else json.dumps(defaults))
        self._save()

    @property
    def access_control(self) -> dict[str, Any]:
        found: dict[str, Any] = self._document.get("accessControl", {})
        return found

    def value(self, key_path: Sequence[str]) -> dict[str, Any]:
        """What GetConfiguration answers: a map, or for anything else ``{name: value}``; raises NoSuchKey."""
        found: Any = self._document
        for key in key_path:
            if not isinstance(found, dict) or key not in found:
                raise NoSuchKey(".".join(key_path))
            found = found[key]
        found = _as_texts(found) if self._texts else found
        return found if isinstance(found, dict) else {key_path[-1]: found}

    def merge(self, changes: Mapping[str, Any]) -> list[KeyPath]:
        """Puts ``changes`` in, maps into maps, and says which leaves have another value now."""
        changed = []
        for path, value in _leaves(changes):
            at = self._document
            for key in path[:-1]:
                below = at.get(key)
                at[key] = below if isinstance(below, dict) else {}
                at = at[key]
            if path[-1] not in at or at[path[-1]] != value:
                at[path[-1]] = value
                changed.append(path)
        self._save()
        return changed

    def reset(self, key: str) -> list[KeyPath]:
        """Takes one of the top keys back to its default, or away where it has none."""
        before = self._document.pop(key, None)
        if key in self._defaults:
            self._document[key] = copy.deepcopy(self._defaults[key])
        self._save()
        return [(key,)] if self._document.get(key) != before else []

    def _save(self) -> None:
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(self._document))
        temporary.replace(self._path)


def _leaves(document: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return value
