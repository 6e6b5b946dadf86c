"""What the tests of sightings share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cloud.sightings.world import World, device_plane, make_world


@pytest.fixture
def world(aws: str) -> Iterator[World]:
    """The function with everything that it needs."""
    with device_plane() as devices:
        yield make_world(devices)
