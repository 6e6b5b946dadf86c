"""docs/configuration.md names every key with its default and what it takes, and its examples are read."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from argus.device.settings.model import CameraSettings, CollectionSettings, Settings
from argus.device.settings.reading import read_settings
from argus.device.settings.refusing import SettingsRefused


@pytest.fixture(scope="module")
def reference(root: Path) -> str:
    return (root / "docs" / "configuration.md").read_text(encoding="utf-8")


def rows(reference: str, heading: str) -> dict[str, tuple[str, str]]:
    """Of the table with that heading: key -> default and what it takes, as they stand there."""
    table = reference.partition(f"| {heading} | default | takes | what it does |\n")[2].partition("\n\n")[0]
    found = re.findall(r"^\| `([\w.]+)` \| (?:`(.*?)`)? ?\| (.+?) \| \S.* \|$", table, re.MULTILINE)
    assert len(found) == table.count("\n")  # the line of dashes is the one more
    return {key: (default, takes) for key, default, takes in found}


def default_of(field: Field[Any]) -> str:
    return "" if field.default is MISSING else json.dumps(field.default)


def what_it_takes(section: str, key: str, item: dict[str, Any]) -> str:
    """As it is said to whoever gives something else."""
    wrong = {**item, key: 0.5 if key in {"zones", "masks", "keys"} else {}}
    with pytest.raises(SettingsRefused) as refused:
        read_settings({section: [wrong] if item else wrong})
    (error,) = refused.value.errors
    found = re.fullmatch(r"\S+: must be (.*), not (?:an object|0\.5)", error)
    assert found is not None, error
    return found[1]


@pytest.mark.parametrize(
    ("section", "kind", "item"),
    [
        ("cameras", CameraSettings, {"id": "a", "source": "0"}),
        ("collections", CollectionSettings, {"id": "a", "place": "/a"}),
    ],
)
def test_entries_of_lists(reference: str, section: str, kind: type[Any], item: dict[str, Any]) -> None:
    assert rows(reference, f"key of `{section}`") == {
        field.name: (default_of(field), what_it_takes(section, field.name, item)) for field in fields(kind)
    }


def test_all_other_keys(reference: str) -> None:
    sections = {name: kind for name, kind in get_type_hints(Settings).items() if is_dataclass(kind)}
    assert rows(reference, "key") == {
        f"{section}.{field.name}": (default_of(field), what_it_takes(section, field.name, {}))
        for section, kind in sections.items()
        for field in fields(kind)
    }


def test_the_examples_are_read(reference: str) -> None:
    examples = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", reference, re.MULTILINE | re.DOTALL)]
    *whole, update = examples
    assert len(whole) == 3
    settings = [read_settings(example) for example in whole]
    assert all(found.cameras for found in settings)
    longest = whole[-1]
    for pointer in update["reset"]:
        _, section, key = pointer.split("/")
        del longest[section][key]
    after = read_settings(merged(longest, update["merge"]))
    assert [(camera.id, camera.rate) for camera in after.cameras] == [("door", 5.0), ("gate", 0.0)]


def merged(old: Any, new: Any) -> Any:
    """As the nucleus merges: objects key by key, everything else as a whole."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
