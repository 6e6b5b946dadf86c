"""From the JSON of a deployment to :class:`Settings`: read as a whole, or refused with everything that is wrong.

What other versions of Argus were given is read as well: no key was taken away or renamed so far, and what a key meant
it still means. A key that is null counts as not given, and numbers and flags may be given as text (nucleus lite hands
over ``"0.5"`` and ``"true"``).

Cameras and collections are a list of objects, each with its ``id``, or one object with an entry for each id. In a
deployment the second is better: the nucleus merges objects key by key and replaces lists as a whole. Zones, masks and
keys may be objects too, of which only the values count, in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from argus.device.settings.model import Settings
from argus.device.settings.refusing import SettingsRefused, path_of, shown, what_is_wrong

_READ_BY_THE_NUCLEUS = "accessControl"
"""Stands in every component's configuration, beside what the component itself reads."""

_MANY = ("cameras", "collections")

_LISTS = ("zones", "masks", "keys")
"""Of a camera or collection; as objects they may be longer on nucleus lite, which takes lists of 1,024 bytes."""


def read_settings(document: object) -> Settings:
    """The settings that a configuration (JSON, as Python's values) describes; see the module for its forms.

    Nothing is opened: whether a camera or a place is there shows later.

    Raises:
        SettingsRefused: with all that is wrong; cameras that are refused are not looked at for what else they may be.
    """
    plain = _plain(document)
    errors = list(plain.errors)
    try:
        settings = _adapter().validate_python(plain.value)
    except ValidationError as error:
        errors += [
            f"{plain.path_of(found['loc'])}: {what_is_wrong(found)}" for found in error.errors(include_url=False)
        ]
    if errors:
        raise SettingsRefused(errors)
    return _in_order(settings)


def _in_order(settings: Settings) -> Settings:
    """With its cameras and collections in the order of their ids, for the order says nothing."""
    return replace(
        settings,
        cameras=tuple(sorted(settings.cameras, key=lambda camera: camera.id)),
        collections=tuple(sorted(settings.collections, key=lambda collection: collection.id)),
    )


@cache
def _adapter() -> TypeAdapter[Settings]:
    return TypeAdapter(Settings)


@dataclass(frozen=True)
class _Plain:
    """A configuration with its cameras and collections as lists.

    Attributes:
        keys: of what was an object, its keys in the order of the list.
        errors: what could not be said of the plain form any more.
    """

    value: object
    keys: Mapping[str, Sequence[str]]
    errors: Sequence[str]

    def path_of(self, steps: Sequence[str | int]) -> str:
        """As it was written."""
        if len(steps) > 1 and isinstance(steps[1], int) and steps[0] in self.keys:
            steps = (steps[0], self.keys[str(steps[0])][steps[1]], *steps[2:])
        return path_of(steps)


def _plain(document: object) -> _Plain:
    if not isinstance(document, dict):
        return _Plain(document, {}, ())
    value = {name: _given(part) for name, part in _given(document).items() if name != _READ_BY_THE_NUCLEUS}
    keys: dict[str, Sequence[str]] = {}
    errors: list[str] = []
    for section in _MANY:
        part = value.get(section)
        if isinstance(part, dict):
            keys[section] = list(part)
            errors += _differing(section, part)
            value[section] = [_named(key, _listed(_given(part[key]))) for key in keys[section]]
        elif isinstance(part, list):
            value[section] = [_listed(_given(item)) for item in part]
            errors += _doubled(section, value[section])
    return _Plain(value, keys, errors)


def _given(value: Any) -> Any:
    """An object without what is null."""
    return {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else value


def _listed(item: Any) -> Any:
    """A camera or collection with its lists as lists, which may have been objects: the keys then only sort them."""
    if not isinstance(item, dict):
        return item
    return {
        name: [one for _, one in sorted(part.items()) if one is not None]
        if name in _LISTS and isinstance(part, dict) and all(isinstance(key, str) for key in part)
        else part
        for name, part in item.items()
    }


def _named(key: str, item: object) -> object:
    return {**item, "id": key} if isinstance(item, dict) else item


def _differing(section: str, items: Mapping[str, object]) -> Iterator[str]:
    for key, item in items.items():
        if isinstance(item, dict) and item.get("id", key) not in (key, None):
            yield f"{path_of((section, key, 'id'))}: must be the key above it or be left out, not {shown(item['id'])}"


def _doubled(section: str, items: Sequence[object]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for at, item in enumerate(items):
        if isinstance(item, dict) and isinstance(item.get("id"), (str, int)):
            first = seen.setdefault(str(item["id"]), at)
            if first != at:
                yield f"{path_of((section, at, 'id'))}: is the id of {path_of((section, first))} already"
