"""A component's configuration as the nucleus keeps it: on disk, merged by deployments, read by key path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

KeyPath = tuple[str, ...]

LEAF_BYTES, ANSWER_BYTES, ANSWER_WEIGHT = 1_024, 9_000, 255
"""What nucleus lite takes as one value that is no map, and tells at once; a pair weighs 2, an item of a list 1."""


class NoSuchKey(LookupError):
    """There is nothing at a key path."""


class TooLarge(ValueError):
    """More than nucleus lite takes, or tells at once."""


class Configuration:
    """What is in ``path`` goes over ``defaults``, as on a device that had an older version of the component.

    Args:
        texts: numbers and booleans arrive as texts, as on nucleus lite those of a YAML file do.
    """

    def __init__(self, path: Path, defaults: Mapping[str, Any], *, texts: bool = False) -> None:
        self._path = path
        self._texts = texts
        self._document: dict[str, Any] = json.loads(path.read_text() if path.exists() else json.dumps(defaults))
        _check_leaves(self._document)
        self._save()

    @property
    def access_control(self) -> dict[str, Any]:
        found: dict[str, Any] = self._document.get("accessControl", {})
        return found

    def value(self, key_path: Sequence[str]) -> dict[str, Any]:
        """What GetConfiguration answers: a map, or for anything else ``{name: value}``; raises NoSuchKey, TooLarge."""
        found: Any = self._document
        for key in key_path:
            if not isinstance(found, dict) or key not in found:
                raise NoSuchKey(".".join(key_path))
            found = found[key]
        if not key_path and not found:
            raise NoSuchKey("everything was reset")
        if len(json.dumps(found, separators=(",", ":"))) > ANSWER_BYTES or _weight(found) > ANSWER_WEIGHT:
            raise TooLarge(".".join(key_path))
        found = _as_texts(found) if self._texts else found
        return found if isinstance(found, dict) else {key_path[-1]: found}

    def merge(self, changes: Mapping[str, Any]) -> list[KeyPath]:
        """Puts ``changes`` in, maps into maps, and says which leaves have another value now; raises TooLarge."""
        _check_leaves(changes)
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

    def reset(self, key: str) -> None:
        """Takes one of the top keys away, or all for ``""``: its default comes back with a new version only."""
        if key:
            self._document.pop(key, None)
        else:
            self._document.clear()
        self._save()

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


def _check_leaves(document: Mapping[str, Any]) -> None:
    for path, value in _leaves(document):
        if len(json.dumps(value, separators=(",", ":"))) > LEAF_BYTES:
            raise TooLarge(f"{'.'.join(path)} has more than {LEAF_BYTES} bytes of JSON")


def _weight(value: Any) -> int:
    if isinstance(value, dict):
        return sum(2 + _weight(item) for item in value.values())
    return sum(1 + _weight(item) for item in value) if isinstance(value, list) else 0


def _as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return value
