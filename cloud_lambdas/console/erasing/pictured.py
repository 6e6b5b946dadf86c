"""Which picture an event is about."""

from __future__ import annotations

from cloud_lambdas.sightings.sighting import Sighting


def picture_of(sighting: Sighting) -> str | None:
    """The key of its picture, if there is one."""
    return own_picture(sighting.event.snapshot, sighting.event.device.thing)


def own_picture(key: str | None, thing: str | None) -> str | None:
    """The key, unless it is that of another device's picture: a device may name what it likes, and erases its own."""
    return key if key is not None and thing is not None and key.startswith(f"snapshots/{thing}/") else None
