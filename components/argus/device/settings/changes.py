"""What differs between two configurations, so that a running program changes that and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from argus.core.canonical import to_canonical_json
from argus.device.settings.model import CameraSettings, CollectionSettings, Settings


@dataclass(frozen=True)
class Difference:
    """Ids of cameras or collections, in order: those that came, that went, and that are there with other settings."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Changes:
    """What differs; false when nothing does.

    Attributes:
        sections: names of the other parts of :class:`Settings` that differ, such as ``alerts``.
    """

    cameras: Difference
    collections: Difference
    sections: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.cameras or self.collections or self.sections)


def changes(old: Settings, new: Settings) -> Changes:
    """What has to change where ``old`` is in force and ``new`` shall be."""
    sections = {field.name for field in fields(Settings)} - {"cameras", "collections"}
    return Changes(
        cameras=_difference(old.cameras, new.cameras),
        collections=_difference(old.collections, new.collections),
        sections=frozenset(name for name in sections if getattr(old, name) != getattr(new, name)),
    )


def _difference(
    old: Sequence[CameraSettings | CollectionSettings], new: Sequence[CameraSettings | CollectionSettings]
) -> Difference:
    before, after = {item.id: item for item in old}, {item.id: item for item in new}
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(id_ for id_ in before.keys() & after.keys() if before[id_] != after[id_])),
    )


def configuration_version(settings: Settings) -> str:
    """16 hexadecimal characters that change with every change, defaults included: what a status calls it."""
    return hashlib.sha256(to_canonical_json(asdict(settings))).hexdigest()[:16]
